//! Helm's tables of `--set`.

use amethyst_gotemplate::{Map, Value};

use super::{parse_file_into, parse_into, parse_json_into, parse_literal_into, parse_string_into};
use crate::values::print;

fn set(text: &str) -> Result<String, String> {
    let values = Map::new();
    parse_into(text, &values)?;
    Ok(print(&Value::Map(values)))
}

#[test]
fn set_lines_give_helms_values() {
    let check = |text: &str, expected: &str| assert_eq!(set(text).as_deref(), Ok(expected), "{text}");
    check("name1=null,f=false,t=true", "map[f:false name1:<nil> t:true]");
    check("name1=value1,name2=value2,", "map[name1:value1 name2:value2]");
    check("name1=,name2=value2", "map[name1: name2:value2]");
    check(
        "leading_zeros=00009,zero_int=0,long_int=1234567890",
        "map[leading_zeros:00009 long_int:1234567890 zero_int:0]",
    );
    check("name1=one\\,two,name2=three\\,four", "map[name1:one,two name2:three,four]");
    check("name1=one\\=two,name2=three\\=four", "map[name1:one=two name2:three=four]");
    check("name1=one two three", "map[name1:one two three]");
    check("outer.middle.inner=value", "map[outer:map[middle:map[inner:value]]]");
    check(
        "outer.inner1=value,outer.middle.inner=value",
        "map[outer:map[inner1:value middle:map[inner:value]]]",
    );
    check("name1.name2=", "map[name1:map[name2:]]");
    check("name1={value1,value2},name2={value1,value2}", "map[name1:[value1 value2] name2:[value1 value2]]");
    check("name1={1021,902}", "map[name1:[1021 902]]");
    check("list[0].foo=bar,list[0].hello=world", "map[list:[map[foo:bar hello:world]]]");
    check("list[0]=foo,list[3]=bar", "map[list:[foo <nil> <nil> bar]]");
    check("noval[0]", "map[noval:[]]");
    check("noval[0]=", "map[noval:[]]");
    check("nested[1][1]=1", "map[nested:[<nil> [<nil> 1]]]");
    check(
        "name1.name2[1].foo=bar,name1.name2[0].foo=bar",
        "map[name1:map[name2:[map[foo:bar] map[foo:bar]]]]",
    );
}

#[test]
fn broken_set_lines_have_helms_texts() {
    let check = |text: &str, expected: &str| assert_eq!(set(text).unwrap_err(), expected, "{text}");
    check("name1=value1,,,,name2=value2,", "key \"\" has no value (cannot end with ,)");
    check("name1,name2=", "key \"name1\" has no value (cannot end with ,)");
    check("name1,name2", "key \"name1\" has no value (cannot end with ,)");
    check("name1", "key \"name1\" has no value");
    check("name1.name2", "key \"name2\" has no value");
    check("name1.=name2", "key map \"name1\" has no value");
    check("name1.,name2", "key \"\" has no value (cannot end with ,)");
    check("name1={1021,902", "list must terminate with '}'");
    check("list[0].foo=bar,list[-30].hello=world", "negative -30 index not allowed");
    check("illegal[0]name.foo=bar", "unexpected data at end of array index: \"name\"");
    check("list[x]=1", "error parsing index: strconv.Atoi: parsing \"x\": invalid syntax");
    check("list[65537]=1", "index of 65537 is greater than maximum supported index of 65536");
    check(
        "a=1,a.b=2",
        "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
    );
    check(
        "a=1,a[0]=2",
        "unable to parse key: interface conversion: interface {} is int64, not []interface {}",
    );
    let deep = "a.".repeat(31) + "b=1";
    check(&deep, "value name nested level is greater than maximum supported nested level of 30");
}

#[test]
fn integers_are_int64_and_those_of_json_are_floats() {
    let values = Map::new();
    parse_into("a=1", &values).unwrap();
    parse_json_into("b=1", &values).unwrap();
    assert_eq!(values.get("a").unwrap().type_name(), "int64");
    assert_eq!(values.get("b").unwrap().type_name(), "float64");
}

#[test]
fn the_other_flags_read_values_their_own_way() {
    let values = Map::new();
    parse_string_into("long=1234567890,b=true", &values).unwrap();
    assert_eq!(values.get("long").unwrap().as_str().unwrap(), "1234567890");
    parse_literal_into("lit=a,b={c}\\d", &values).unwrap();
    assert_eq!(values.get("lit").unwrap().as_str().unwrap(), "a,b={c}\\d");
    let mut reader =
        |name: &str| if name == "path" { Ok(Value::from("text")) } else { Err(format!("no {name}")) };
    parse_file_into("file=path", &values, &mut reader).unwrap();
    assert_eq!(values.get("file").unwrap().as_str().unwrap(), "text");
    assert_eq!(parse_file_into("file=x", &values, &mut reader).unwrap_err(), "no x");
    parse_json_into("j.a={\"x\": [1, null]},k=[true],l= ,m[1]=\"s\"", &values).unwrap();
    let json: Vec<String> = ["j", "k", "l", "m"].iter().map(|key| print(&values.get(key).unwrap())).collect();
    assert_eq!(json, ["map[a:map[x:[1 <nil>]]]", "[true]", "<nil>", "[<nil> s]"]);
}

#[test]
fn what_is_set_goes_into_what_is_there() {
    let values = Map::new();
    parse_into("listOuter[0][0][0].exited=old", &values).unwrap();
    parse_into("listOuter[0][1][0].type=listValue", &values).unwrap();
    parse_into("listOuter[0][0][1].status=alive", &values).unwrap();
    assert_eq!(
        print(&Value::Map(values)),
        "map[listOuter:[[[map[exited:old] map[status:alive]] [map[type:listValue]]]]]"
    );
}
