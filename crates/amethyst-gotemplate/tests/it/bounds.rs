//! What an execution may cost, and that it ends.

use amethyst_gotemplate::{Engine, Limits, Templates, Value};

use crate::support::{Still, data, functions, run};

fn run_within(text: &str, limits: Limits) -> Result<String, String> {
    let functions = functions();
    let mut builder = Templates::builder(&functions);
    builder.parse("t", "t", text).map_err(|error| error.message)?;
    let mut host = Still { depth: i32::MIN / 2 };
    let mut engine = Engine::new(builder.build(), &functions, &mut host).limits(limits);
    let written = engine.execute("t", &data()).map_err(|error| error.message)?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}

#[test]
fn loops_end_within_their_budget() {
    let limits = Limits { steps: 100_000, ..Limits::default() };
    let error = run_within("{{range 1000000000}}{{end}}", limits).unwrap_err();
    assert_eq!(
        error,
        "template: t:1:8: executing \"t\" at <1000000000>: exceeded maximum number of steps (100000): a loop over \
         fewer elements is expected here"
    );
    let limits = Limits { output_bytes: 1000, ..Limits::default() };
    let error = run_within("{{range 1000000000}}0123456789{{end}}", limits).unwrap_err();
    assert!(error.contains("exceeded maximum output of templates (1000 bytes)"), "{error}");
}

#[test]
fn what_doubles_in_every_round_ends() {
    let doubling = "{{$x := \"ab\"}}{{range 60}}{{$x = printf \"%s%s\" $x $x}}{{end}}";
    let error = run(doubling).unwrap_err();
    assert!(error.contains("exceeded maximum output of templates"), "{error}");
    let lists = "{{$x := list 1}}{{range 40}}{{$x = list $x $x}}{{end}}{{len (print $x) | lt 1000}}";
    assert_eq!(run(lists).as_deref(), Ok("true"));
}

#[test]
fn templates_within_templates_end_before_the_stack_does() {
    let error = run("{{define \"d\"}}{{template \"d\"}}{{end}}{{template \"d\"}}").unwrap_err();
    let start =
        "template: t:1:25: executing \"d\" at <{{template \"d\"}}>: exceeded maximum template depth (";
    assert!(error.starts_with(start), "{error}");
    let loops = "{{define \"d\"}}{{include \"d\" .}}{{end}}{{include \"d\" .}}";
    let error = run_within(loops, Limits::default()).unwrap_err();
    assert!(error.contains("exceeded maximum template depth ("), "{}", &error[..200]);
    let limits = Limits { depth: 10, ..Limits::default() };
    let error =
        run_within("{{define \"d\"}}{{template \"d\"}}{{end}}{{template \"d\"}}", limits).unwrap_err();
    assert!(error.ends_with("exceeded maximum template depth (11)"), "{error}");
}

/// Helm lets a template include itself a thousand times.
#[test]
fn a_thousand_includes_fit_a_stack_of_16_mib() {
    let thread = std::thread::Builder::new().stack_size(16 << 20);
    let text = "{{define \"d\"}}{{with $n := .}}{{if true}}{{range list 1}}{{include \"d\" (slice $n 1)}}{{end}}\
                {{end}}{{else}}end{{end}}{{end}}{{include \"d\" (printf \"%1000s\" \"x\")}}";
    let limits = Limits::with_stack(15 << 20);
    let handle = thread.spawn(move || run_within(text, limits)).unwrap();
    assert_eq!(handle.join().unwrap().as_deref(), Ok("end"));
}

#[test]
fn what_nests_deep_is_printed_and_dropped() {
    let text = "{{$x := list}}{{$d := dict}}{{range 300000}}{{$x = list $x}}{{$d = dict \"a\" $d}}{{end}}ok";
    assert_eq!(run(text).as_deref(), Ok("ok"));
    let text = "{{$x := list}}{{range 3000}}{{$x = list $x}}{{end}}{{len (print $x)}}";
    assert_eq!(run(text).as_deref(), Ok("403"));
    let text = "{{$x := list}}{{range 3000}}{{$x = list $x}}{{end}}{{eq $x $x}}";
    assert!(run(text).unwrap_err().contains("non-comparable type"));
}

#[test]
fn templates_that_nest_deep_are_refused() {
    let text = format!("{{{{{}1{}}}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(run(&text).unwrap_err(), "template: t:1: max expression depth exceeded");
    let text = "{{if true}}".repeat(100_000) + &"{{end}}".repeat(100_000);
    assert_eq!(run(&text).unwrap_err(), "template: t:1: max expression depth exceeded");
    let text = "{{if false}}".to_owned() + &"{{else if false}}".repeat(100_000) + "{{end}}";
    assert_eq!(run(&text).unwrap_err(), "template: t:1: max expression depth exceeded");
    let text = format!("{{{{{}1{}}}}}", "(".repeat(80), ")".repeat(80));
    assert_eq!(run(&text).as_deref(), Ok("1"));
}

#[test]
fn an_engine_goes_on_after_an_error() {
    let functions = functions();
    let mut builder = Templates::builder(&functions);
    builder.parse("bad", "bad", "x{{$x := 1}}{{range .list}}{{fail .}}{{end}}").unwrap();
    builder.parse("good", "good", "{{.name}}{{tpl \"{{.int}}\" .}}").unwrap();
    let mut host = Still::default();
    let mut engine = Engine::new(builder.build(), &functions, &mut host);
    for _ in 0..3 {
        let error = engine.execute("bad", &data()).unwrap_err();
        assert_eq!(error.message, "template: bad:1:29: executing \"bad\" at <fail .>: error calling fail: a");
        assert_eq!(error.stack.len(), 1);
        assert_eq!((error.stack[0].line, error.stack[0].column), (1, 29));
        assert_eq!(engine.execute("good", &data()).unwrap(), b"x17");
    }
    let missing = engine.execute("none", &Value::Nil).unwrap_err();
    assert_eq!(missing.message, "template: no template \"none\" associated with template \"gotpl\"");
}
