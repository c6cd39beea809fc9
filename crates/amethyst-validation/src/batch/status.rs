//! The status of a Job (kubernetes `pkg/apis/batch/validation`, `ValidateJobStatusUpdate`).

use amethyst_object::FieldPath;
use amethyst_schema::Fault;

use super::indexes;
use crate::at::At;
use crate::case::Case;
use crate::faults::Faults;

/// What a job's conditions say.
struct Conditions<'a>(At<'a>);

impl Conditions<'_> {
    fn has(&self, kind: &str) -> bool {
        self.0.items().any(|each| each.text("type") == kind && each.text("status") == "True")
    }
}

pub(super) fn status(case: &Case<'_>, faults: &mut Faults) {
    let (at, before, spec) = (case.at("status"), case.before("status"), case.at("spec"));
    let (now, then) = (Conditions(at.get("conditions")), Conditions(before.get("conditions")));
    faults.non_negatives(&at, &["active", "succeeded", "failed", "ready", "terminating"]);
    uncounted(&at.get("uncountedTerminatedPods"), faults);
    let path = at.get("conditions").path;
    together(&now, &path, faults);
    times(&at, &now, faults);
    indexed(&at, &spec, faults);
    if at.has("ready") && at.number("ready") > at.number("active") {
        faults.invalid(&at.get("ready"), "cannot set more ready pods than active");
    }
    let mut wrong = |is: bool, why: &str| {
        if is {
            faults.push(Fault::invalid_bare(path.clone(), why));
        }
    };
    let met = now.has("SuccessCriteriaMet");
    wrong(met && now.has("Failed"), "cannot set SuccessCriteriaMet=True and Failed=true conditions");
    wrong(
        met && now.has("FailureTarget"),
        "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    );
    wrong(
        spec.has("successPolicy") && !met && now.has("Complete"),
        "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
    );
    for kind in ["Failed", "Complete", "FailureTarget"] {
        let why = format!("cannot disable the terminal {kind}=True condition");
        wrong(then.has(kind) && !now.has(kind), &why);
    }
    wrong(then.has("SuccessCriteriaMet") && !met, "cannot disable the SuccessCriteriaMet=True condition");
    for key in ["failed", "succeeded"] {
        if at.number(key) < before.number(key) {
            faults.invalid_value(
                &at.get(key).path,
                at.number(key),
                format!("cannot decrease the {key} counter"),
            );
        }
    }
    let done = at.get("completionTime");
    if done.is_set() && before.has("completionTime") && done.value() != before.get("completionTime").value() {
        faults.invalid(&done, "field is immutable");
    }
}

fn uncounted(at: &At<'_>, faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for list in ["succeeded", "failed"] {
        for uid in at.get(list).items() {
            if uid.str().is_empty() {
                faults.invalid_text(&uid, "must not be empty");
            } else if seen.contains(&uid.str()) {
                faults.duplicate(&uid.path, uid.str());
            } else {
                seen.push(uid.str());
            }
        }
    }
}

fn together(now: &Conditions<'_>, path: &FieldPath, faults: &mut Faults) {
    let mut wrong = |is: bool, why: &str| {
        if is {
            faults.push(Fault::invalid_bare(path.clone(), why));
        }
    };
    let (complete, failed) = (now.has("Complete"), now.has("Failed"));
    wrong(complete && failed, "cannot set Complete=True and Failed=true conditions");
    wrong(complete && now.has("FailureTarget"), "cannot set Complete=True and FailureTarget=true conditions");
    wrong(
        failed && !now.has("FailureTarget"),
        "cannot set Failed=True condition without the FailureTarget=true condition",
    );
    wrong(
        complete && !now.has("SuccessCriteriaMet"),
        "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    );
}

fn times(at: &At<'_>, now: &Conditions<'_>, faults: &mut Faults) {
    let (complete, finished) = (now.has("Complete"), now.has("Complete") || now.has("Failed"));
    let (start, done) = (at.get("startTime"), at.get("completionTime"));
    if done.is_set() && !complete {
        faults.invalid(&done, "cannot set completionTime when there is no Complete=True condition");
    }
    if !done.is_set() && complete {
        faults.required(&done.path, "completionTime is required for Complete jobs");
    }
    if start.is_set() && done.is_set() && done.str() < start.str() {
        faults.invalid(&done, "must be equal to or after `startTime`");
    }
    if finished && at.number("active") > 0 {
        faults.invalid(&at.get("active"), "active>0 is invalid for finished job");
    }
    if finished && !start.is_set() {
        faults.required(&start.path, "startTime is required for finished job");
    }
    if finished && at.number("terminating") > 0 {
        faults.invalid(&at.get("terminating"), "terminating>0 is invalid for finished job");
    }
}

fn indexed(at: &At<'_>, spec: &At<'_>, faults: &mut Faults) {
    let (done, failed) = (at.get("completedIndexes"), at.get("failedIndexes"));
    if let Some(completions) = spec.get("completions").int() {
        if let Err(why) = indexes::count(done.str(), completions) {
            faults.invalid(&done, format!("error parsing completedIndexes: {why}"));
        }
        if failed.is_set()
            && spec.has("backoffLimitPerIndex")
            && let Err(why) = indexes::count(failed.str(), completions)
        {
            faults.invalid(&failed, format!("error parsing failedIndexes: {why}"));
        }
    }
    if !done.str().is_empty() && spec.text("completionMode") != "Indexed" {
        faults.invalid(&done, "cannot set non-empty completedIndexes when non-indexed completion mode");
    }
    if failed.is_set() && !spec.has("backoffLimitPerIndex") {
        faults.invalid(&failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
    }
    if let Some(completions) = spec.get("completions").int()
        && let Some(index) = indexes::overlap(done.str(), failed.str(), completions)
    {
        faults.invalid(&failed, format!("failedIndexes and completedIndexes overlap at index: {index}"));
    }
}
