//! The flags of `helm template` that help does not name: those that make no difference to what is rendered
//! without a cluster, and those that ask for more than is done here.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// What becomes of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It changes nothing.
    Nothing,
    /// Helm says that it is deprecated, with this remark, and it changes nothing.
    Deprecated(&'static str),
    /// It is refused, with this reason and hint.
    Refused(&'static str, &'static str),
    /// It is told when a dependency is missing.
    Dependencies,
}

const NO_EFFECT: &str = "this flag has no effect for 'helm template' and will be removed in Helm 5";
const FETCHED: &str = "charts come from the disk or from what `amethyst fetch` got";

/// Name, short name, whether it takes a value, and what becomes of it.
#[rustfmt::skip]
const FLAGS: &[(&str, Option<char>, bool, Answer)] = &[
    ("skip-crds", None, false, Answer::Nothing),
    ("create-namespace", None, false, Answer::Nothing),
    ("disable-openapi-validation", None, false, Answer::Nothing),
    ("devel", None, false, Answer::Nothing),
    ("description", None, true, Answer::Nothing),
    ("labels", Some('l'), true, Answer::Nothing),
    ("timeout", None, true, Answer::Nothing),
    ("wait-for-jobs", None, false, Answer::Nothing),
    ("replace", None, false, Answer::Nothing),
    ("rollback-on-failure", None, false, Answer::Nothing),
    ("take-ownership", None, false, Answer::Nothing),
    ("force-replace", None, false, Answer::Nothing),
    ("force-conflicts", None, false, Answer::Nothing),
    ("hide-secret", None, false, Answer::Nothing),
    ("pass-credentials", None, false, Answer::Nothing),
    ("plain-http", None, false, Answer::Nothing),
    ("insecure-skip-tls-verify", None, false, Answer::Nothing),
    ("keyring", None, true, Answer::Nothing),
    ("username", None, true, Answer::Nothing),
    ("password", None, true, Answer::Nothing),
    ("wait", None, false, Answer::Nothing),
    ("server-side", None, false, Answer::Nothing),
    ("atomic", None, false, Answer::Deprecated("use --rollback-on-failure instead")),
    ("force", None, false, Answer::Deprecated("use --force-replace instead")),
    ("hide-notes", None, false, Answer::Deprecated(NO_EFFECT)),
    ("render-subchart-notes", None, false, Answer::Deprecated(NO_EFFECT)),
    ("dependency-update", None, false, Answer::Dependencies),
    ("validate", None, false, Answer::Refused(
        "asks a cluster, and no cluster is asked here",
        "`amethyst check` holds manifests against the schemas of their kinds",
    )),
    ("enable-dns", None, false, Answer::Refused(
        "asks a name server, and nothing is dialled here", "leave it out: `getHostByName` then gives no address",
    )),
    ("verify", None, false, Answer::Refused(
        "holds a chart against its signature, which is not done here", "run `helm verify` on the package",
    )),
    ("ca-file", None, true, Answer::Refused("is for downloads, and nothing is dialled here", FETCHED)),
    ("cert-file", None, true, Answer::Refused("is for downloads, and nothing is dialled here", FETCHED)),
    ("key-file", None, true, Answer::Refused("is for downloads, and nothing is dialled here", FETCHED)),
    ("post-renderer-strategy", None, true, Answer::Nothing),
];

/// The flags that were given, in the order of the list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Untold(pub(crate) Vec<(&'static str, Answer)>);

impl FromArgMatches for Untold {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut found = Self::default();
        found.update_from_arg_matches(matches)?;
        Ok(found)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let is_given = |name: &str, takes_value: bool| {
            let mut values = matches.get_many::<String>(name).into_iter().flatten();
            values.any(|value| takes_value || value != "false")
        };
        let given = FLAGS.iter().filter(|(name, _, takes_value, _)| is_given(name, *takes_value));
        self.0 = given.map(|(name, _, _, answer)| (*name, *answer)).collect();
        Ok(())
    }
}

impl Args for Untold {
    fn augment_args(command: Command) -> Command {
        FLAGS.iter().fold(command, |command, (name, short, takes_value, _)| {
            let flag = Arg::new(*name).long(*name).short(*short).hide(true).action(ArgAction::Append);
            command.arg(if *takes_value {
                flag
            } else {
                flag.num_args(0..=1).require_equals(true).default_missing_value("true")
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
