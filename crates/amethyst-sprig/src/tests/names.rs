//! That every function exists under its name.

use std::collections::BTreeSet;

use amethyst_gotemplate::Functions;

use crate::{HelmVersion, functions, helm_functions};

/// All names of sprig 3.3.0 but `env` and `expandenv`.
const SPRIG: &str = "
hello ago date date_in_zone date_modify dateInZone dateModify duration durationRound htmlDate htmlDateInZone
must_date_modify mustDateModify mustToDate now toDate unixEpoch abbrev abbrevboth trunc trim upper lower title
untitle substr repeat trimall trimAll trimSuffix trimPrefix nospace initials randAlphaNum randAlpha randAscii
randNumeric swapcase shuffle snakecase camelcase kebabcase wrap wrapWith contains hasPrefix hasSuffix quote
squote cat indent nindent replace plural sha1sum sha256sum sha512sum adler32sum toString atoi int64 int float64
seq toDecimal split splitList splitn toStrings until untilStep add1 add sub div mod mul randInt add1f addf subf
divf mulf biggest max min maxf minf ceil floor round join sortAlpha default empty coalesce all any compact
mustCompact fromJson toJson toPrettyJson toRawJson mustFromJson mustToJson mustToPrettyJson mustToRawJson ternary
deepCopy mustDeepCopy typeOf typeIs typeIsLike kindOf kindIs deepEqual getHostByName base dir clean ext isAbs
osBase osClean osDir osExt osIsAbs b64enc b64dec b32enc b32dec tuple list dict get set unset hasKey pluck keys
pick omit merge mergeOverwrite mustMerge mustMergeOverwrite values append push mustAppend mustPush prepend
mustPrepend first mustFirst rest mustRest last mustLast initial mustInitial reverse mustReverse uniq mustUniq
without mustWithout has mustHas slice mustSlice concat dig chunk mustChunk bcrypt htpasswd genPrivateKey
derivePassword buildCustomCert genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
genSignedCertWithKey encryptAES decryptAES randBytes uuidv4 semver semverCompare fail regexMatch mustRegexMatch
regexFindAll mustRegexFindAll regexFind mustRegexFind regexReplaceAll mustRegexReplaceAll regexReplaceAllLiteral
mustRegexReplaceAllLiteral regexSplit mustRegexSplit regexQuoteMeta urlParse urlJoin";

/// Helm 3's own.
const HELM_3: &str =
    "toYaml toYamlPretty fromYaml fromYamlArray toJson fromJson fromJsonArray toToml fromToml";

/// What Helm 4 has beside them.
const HELM_4: &str = "
mustToYaml mustToJson mustToToml mustToDuration durationSeconds durationMilliseconds durationMicroseconds
durationNanoseconds durationMinutes durationHours durationDays durationWeeks durationRoundTo durationTruncateTo";

fn set(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

#[test]
fn every_name_of_sprig_exists_once() {
    let names: Vec<&str> = functions().iter().map(|function| function.name).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct, set(SPRIG));
    assert_eq!(names.len(), distinct.len());
}

#[test]
fn helm_adds_its_own() {
    let three: BTreeSet<&str> =
        helm_functions(HelmVersion::Three).iter().map(|function| function.name).collect();
    assert_eq!(three, set(HELM_3));
    let four: BTreeSet<&str> =
        helm_functions(HelmVersion::Four).iter().map(|function| function.name).collect();
    assert_eq!(four, &set(HELM_3) | &set(HELM_4));
    let all = Functions::default().with(functions()).with(helm_functions(HelmVersion::Four));
    assert!(all.get("toYaml").is_some() && all.get("env").is_none());
}
