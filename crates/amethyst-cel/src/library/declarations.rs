//! The tables of functions: `name id(types): type`, with a dot before the id of what is called on a target.
//!
//! Standard functions are those of cel-go `common/stdlib/standard.go`, in the order of Kubernetes' base
//! environment for new expressions.

use super::{Declarations, Overload};
use crate::types::Type;

const STANDARD: &str = "
_?_:_ conditional(bool,A,A):A
_&&_ logical_and(bool,bool):bool
_||_ logical_or(bool,bool):bool
!_ logical_not(bool):bool
@not_strictly_false not_strictly_false(bool):bool
_==_ equals(A,A):bool
_!=_ not_equals(A,A):bool
_+_ add_bytes(bytes,bytes):bytes
_+_ add_double(double,double):double
_+_ add_duration_duration(duration,duration):duration
_+_ add_duration_timestamp(duration,timestamp):timestamp
_+_ add_timestamp_duration(timestamp,duration):timestamp
_+_ add_int64(int,int):int
_+_ add_list(list<A>,list<A>):list<A>
_+_ add_string(string,string):string
_+_ add_uint64(uint,uint):uint
_/_ divide_double(double,double):double
_/_ divide_int64(int,int):int
_/_ divide_uint64(uint,uint):uint
_%_ modulo_int64(int,int):int
_%_ modulo_uint64(uint,uint):uint
_*_ multiply_double(double,double):double
_*_ multiply_int64(int,int):int
_*_ multiply_uint64(uint,uint):uint
-_ negate_double(double):double
-_ negate_int64(int):int
_-_ subtract_double(double,double):double
_-_ subtract_duration_duration(duration,duration):duration
_-_ subtract_int64(int,int):int
_-_ subtract_timestamp_duration(timestamp,duration):timestamp
_-_ subtract_timestamp_timestamp(timestamp,timestamp):duration
_-_ subtract_uint64(uint,uint):uint
_[_] index_list(list<A>,int):A
_[_] index_map(map<A,B>,A):B
_[_] optional_list_index_int(optional<list<V>>,int):optional<V>
_[_] optional_map_index_value(optional<map<K,V>>,K):optional<V>
@in in_list(A,list<A>):bool
@in in_map(A,map<A,B>):bool
size size_bytes(bytes):int
size .bytes_size(bytes):int
size size_list(list<A>):int
size .list_size(list<A>):int
size size_map(map<A,B>):int
size .map_size(map<A,B>):int
size size_string(string):int
size .string_size(string):int
type type(A):type<A>
bool bool_to_bool(bool):bool
bool string_to_bool(string):bool
bytes bytes_to_bytes(bytes):bytes
bytes string_to_bytes(string):bytes
double double_to_double(double):double
double int64_to_double(int):double
double string_to_double(string):double
double uint64_to_double(uint):double
duration duration_to_duration(duration):duration
duration string_to_duration(string):duration
dyn to_dyn(A):dyn
int int64_to_int64(int):int
int double_to_int64(double):int
int duration_to_int64(duration):int
int string_to_int64(string):int
int timestamp_to_int64(timestamp):int
int uint64_to_int64(uint):int
string string_to_string(string):string
string bool_to_string(bool):string
string bytes_to_string(bytes):string
string double_to_string(double):string
string duration_to_string(duration):string
string int64_to_string(int):string
string timestamp_to_string(timestamp):string
string uint64_to_string(uint):string
timestamp timestamp_to_timestamp(timestamp):timestamp
timestamp int64_to_timestamp(int):timestamp
timestamp string_to_timestamp(string):timestamp
uint uint64_to_uint64(uint):uint
uint double_to_uint64(double):uint
uint int64_to_uint64(int):uint
uint string_to_uint64(string):uint
contains .contains_string(string,string):bool
endsWith .ends_with_string(string,string):bool
startsWith .starts_with_string(string,string):bool
matches matches(string,string):bool
matches .matches_string(string,string):bool
getFullYear .timestamp_to_year(timestamp):int
getFullYear .timestamp_to_year_with_tz(timestamp,string):int
getMonth .timestamp_to_month(timestamp):int
getMonth .timestamp_to_month_with_tz(timestamp,string):int
getDayOfYear .timestamp_to_day_of_year(timestamp):int
getDayOfYear .timestamp_to_day_of_year_with_tz(timestamp,string):int
getDayOfMonth .timestamp_to_day_of_month(timestamp):int
getDayOfMonth .timestamp_to_day_of_month_with_tz(timestamp,string):int
getDate .timestamp_to_day_of_month_1_based(timestamp):int
getDate .timestamp_to_day_of_month_1_based_with_tz(timestamp,string):int
getDayOfWeek .timestamp_to_day_of_week(timestamp):int
getDayOfWeek .timestamp_to_day_of_week_with_tz(timestamp,string):int
getHours .timestamp_to_hours(timestamp):int
getHours .timestamp_to_hours_with_tz(timestamp,string):int
getHours .duration_to_hours(duration):int
getMinutes .timestamp_to_minutes(timestamp):int
getMinutes .timestamp_to_minutes_with_tz(timestamp,string):int
getMinutes .duration_to_minutes(duration):int
getSeconds .timestamp_to_seconds(timestamp):int
getSeconds .timestamp_to_seconds_tz(timestamp,string):int
getSeconds .duration_to_seconds(duration):int
getMilliseconds .timestamp_to_milliseconds(timestamp):int
getMilliseconds .timestamp_to_milliseconds_with_tz(timestamp,string):int
getMilliseconds .duration_to_milliseconds(duration):int
";

const OPTIONALS: &str = "
optional.of optional_of(V):optional<V>
optional.ofNonZeroValue optional_ofNonZeroValue(V):optional<V>
optional.none optional_none():optional<V>
value .optional_value(optional<V>):V
hasValue .optional_hasValue(optional<V>):bool
or .optional_or_optional(optional<V>,optional<V>):optional<V>
orValue .optional_orValue_value(optional<V>,V):V
_?._ select_optional_field(dyn,string):optional<V>
_[?_] list_optindex_optional_int(list<V>,int):optional<V>
_[?_] optional_list_optindex_optional_int(optional<list<V>>,int):optional<V>
_[?_] map_optindex_optional_value(map<K,V>,K):optional<V>
_[?_] optional_map_optindex_optional_value(optional<map<K,V>>,K):optional<V>
last .list_last(list<V>):optional<V>
first .list_first(list<V>):optional<V>
optional.unwrap optional_unwrap(list<optional<V>>):list<V>
unwrapOpt .optional_unwrapOpt(list<optional<V>>):list<V>
";

const KUBERNETES: &str = "
indexOf .list_a_index_of_int(list<A>,A):int
lastIndexOf .list_a_last_index_of_int(list<A>,A):int
sum .list_int_sum_int(list<int>):int
sum .list_uint_sum_uint(list<uint>):uint
sum .list_double_sum_double(list<double>):double
sum .list_duration_sum_duration(list<duration>):duration
url string_to_url(string):url
isURL is_url_string(string):bool
getScheme .url_get_scheme(url):string
getHost .url_get_host(url):string
getHostname .url_get_hostname(url):string
getPort .url_get_port(url):string
getEscapedPath .url_get_escaped_path(url):string
getQuery .url_get_query(url):map<string,list<string>>
find .string_find_string(string,string):string
findAll .string_find_all_string(string,string):list<string>
findAll .string_find_all_string_int(string,string,int):list<string>
path .authorizer_path(authorizer,string):pathcheck
group .authorizer_group(authorizer,string):groupcheck
serviceAccount .authorizer_serviceaccount(authorizer,string,string):authorizer
resource .groupcheck_resource(groupcheck,string):resourcecheck
subresource .resourcecheck_subresource(resourcecheck,string):resourcecheck
namespace .resourcecheck_namespace(resourcecheck,string):resourcecheck
name .resourcecheck_name(resourcecheck,string):resourcecheck
check .pathcheck_check(pathcheck,string):decision
check .resourcecheck_check(resourcecheck,string):decision
errored .decision_errored(decision):bool
error .decision_error(decision):string
allowed .decision_allowed(decision):bool
reason .decision_reason(decision):string
fieldSelector .authorizer_fieldselector(resourcecheck,string):resourcecheck
labelSelector .authorizer_labelselector(resourcecheck,string):resourcecheck
quantity string_to_quantity(string):quantity
isQuantity is_quantity_string(string):bool
sign quantity_sign(quantity):int
isGreaterThan .quantity_is_greater_than(quantity,quantity):bool
isLessThan .quantity_is_less_than(quantity,quantity):bool
compareTo .quantity_compare_to(quantity,quantity):int
asApproximateFloat .quantity_get_float(quantity):double
asInteger .quantity_get_int(quantity):int
isInteger .quantity_is_integer(quantity):bool
add .quantity_add(quantity,quantity):quantity
add .quantity_add_int(quantity,int):quantity
sub .quantity_sub(quantity,quantity):quantity
sub .quantity_sub_int(quantity,int):quantity
ip string_to_ip(string):ip
family .ip_family(ip):int
ip.isCanonical ip_is_canonical(string):bool
isUnspecified .ip_is_unspecified(ip):bool
isLoopback .ip_is_loopback(ip):bool
isLinkLocalMulticast .ip_is_link_local_multicast(ip):bool
isLinkLocalUnicast .ip_is_link_local_unicast(ip):bool
isGlobalUnicast .ip_is_global_unicast(ip):bool
isIP is_ip(string):bool
string ip_to_string(ip):string
cidr string_to_cidr(string):cidr
containsIP .cidr_contains_ip_string(cidr,string):bool
containsIP .cidr_contains_ip_ip(cidr,ip):bool
containsCIDR .cidr_contains_cidr_string(cidr,string):bool
containsCIDR .cidr_contains_cidr(cidr,cidr):bool
ip .cidr_ip(cidr):ip
prefixLength .cidr_prefix_length(cidr):int
masked .cidr_masked(cidr):cidr
isCIDR is_cidr(string):bool
string cidr_to_string(cidr):string
validate .format-validate(namedformat,string):optional<list<string>>
format.named format-named(string):optional<namedformat>
semver string_to_semver(string):semver
semver string_bool_to_semver(string,bool):semver
isSemver is_semver_string(string):bool
isSemver is_semver_string_bool(string,bool):bool
isGreaterThan .semver_is_greater_than(semver,semver):bool
isLessThan .semver_is_less_than(semver,semver):bool
compareTo .semver_compare_to(semver,semver):int
major .semver_major(semver):int
minor .semver_minor(semver):int
patch .semver_patch(semver):int
jsonpatch.escapeKey string_jsonpatch_escapeKey_string(string):string
";

const EXTENSIONS: &str = "
charAt .string_char_at_int(string,int):string
indexOf .string_index_of_string(string,string):int
indexOf .string_index_of_string_int(string,string,int):int
lastIndexOf .string_last_index_of_string(string,string):int
lastIndexOf .string_last_index_of_string_int(string,string,int):int
lowerAscii .string_lower_ascii(string):string
replace .string_replace_string_string(string,string,string):string
replace .string_replace_string_string_int(string,string,string,int):string
split .string_split_string(string,string):list<string>
split .string_split_string_int(string,string,int):list<string>
substring .string_substring_int(string,int):string
substring .string_substring_int_int(string,int,int):string
trim .string_trim(string):string
upperAscii .string_upper_ascii(string):string
format .string_format(string,list<dyn>):string
strings.quote strings_quote(string):string
join .list_join(list<string>):string
join .list_join_string(list<string>,string):string
sets.contains list_sets_contains_list(list<T>,list<T>):bool
sets.equivalent list_sets_equivalent_list(list<T>,list<T>):bool
sets.intersects list_sets_intersects_list(list<T>,list<T>):bool
cel.@mapInsert @mapInsert_map_key_value(map<K,V>,K,V):map<K,V>
cel.@mapInsert @mapInsert_map_map(map<K,V>,map<K,V>):map<K,V>
slice .list_slice(list<T>,int,int):list<T>
flatten .list_flatten(list<list<T>>):list<T>
flatten .list_flatten_int(list<dyn>,int):list<dyn>
lists.range lists_range(int):list<int>
reverse .list_reverse(list<T>):list<T>
distinct .list_distinct(list<T>):list<T>
";

/// Types that are told apart by order, as Kubernetes' and cel-go's list libraries count them.
const COMPARABLE: [(&str, &str); 8] = [
    ("int", "int"),
    ("uint", "uint"),
    ("double", "double"),
    ("bool", "bool"),
    ("duration", "google.protobuf.Duration"),
    ("timestamp", "google.protobuf.Timestamp"),
    ("string", "string"),
    ("bytes", "bytes"),
];
const RELATIONS: [(&str, &str); 4] =
    [("_<_", "less"), ("_<=_", "less_equals"), ("_>_", "greater"), ("_>=_", "greater_equals")];
const RELATED: [(&str, &str, &str); 14] = [
    ("bool", "bool", "bool"),
    ("int64", "int", "int"),
    ("int64_double", "int", "double"),
    ("int64_uint64", "int", "uint"),
    ("uint64", "uint", "uint"),
    ("uint64_double", "uint", "double"),
    ("uint64_int64", "uint", "int"),
    ("double", "double", "double"),
    ("double_int64", "double", "int"),
    ("double_uint64", "double", "uint"),
    ("string", "string", "string"),
    ("bytes", "bytes", "bytes"),
    ("timestamp", "timestamp", "timestamp"),
    ("duration", "duration", "duration"),
];
/// Named formats, as functions without arguments.
pub(super) const FORMATS: [&str; 13] = [
    "dns1123Label",
    "dns1123Subdomain",
    "dns1035Label",
    "qualifiedName",
    "dns1123LabelPrefix",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "labelValue",
    "uri",
    "uuid",
    "byte",
    "date",
    "datetime",
];

/// Reads the tables.
pub(super) fn read() -> Declarations {
    let mut table = Declarations::default();
    let mut add = |line: &'static str| {
        let (name, rest) = line.split_once(' ').expect("a line of the table names its function");
        table.entry(name).or_default().push(overload(rest));
    };
    [STANDARD, KUBERNETES, OPTIONALS].iter().flat_map(|table| table.trim().lines()).for_each(&mut add);
    // Made once, and kept for good with the table.
    let mut made = |line: String| add(Box::leak(line.into_boxed_str()));
    for (name, word) in RELATIONS {
        for (suffix, left, right) in RELATED {
            made(format!("{name} {word}_{suffix}({left},{right}):bool"));
        }
    }
    for (ty, long) in COMPARABLE {
        made(format!("isSorted .list_{ty}_is_sorted_bool(list<{ty}>):bool"));
        made(format!("max .list_{ty}_max_{ty}(list<{ty}>):{ty}"));
        made(format!("min .list_{ty}_min_{ty}(list<{ty}>):{ty}"));
        made(format!("sort .list_{long}_sort(list<{ty}>):list<{ty}>"));
        made(format!("@sortByAssociatedKeys .list_{long}_sortByAssociatedKeys(list<T>,list<{ty}>):list<T>"));
    }
    for name in FORMATS {
        made(format!("format.{name} format.{name}():namedformat"));
    }
    EXTENSIONS.trim().lines().for_each(add);
    table
}

fn overload(text: &'static str) -> Overload {
    let (id, rest) = text.split_once('(').expect("an overload has arguments");
    let (args, result) = rest.rsplit_once("):").expect("an overload has a result");
    let args: Vec<Type> = split(args).into_iter().map(read_type).collect();
    let result = read_type(result);
    let mut params = Vec::new();
    args.iter().chain([&result]).for_each(|ty| gather(ty, &mut params));
    Overload { id: id.strip_prefix('.').unwrap_or(id), member: id.starts_with('.'), args, result, params }
}

fn gather(ty: &Type, params: &mut Vec<amethyst_object::Str>) {
    if let Type::Param(name) = ty
        && !params.contains(name)
    {
        params.push(name.clone());
    }
    ty.parameters().into_iter().for_each(|inner| gather(inner, params));
}

/// The parts of a list of types, at its commas that are in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        parts.push(&text[start..]);
    }
    parts
}

fn read_type(text: &str) -> Type {
    if let Some((outer, rest)) = text.split_once('<') {
        let mut inner = split(rest.strip_suffix('>').expect("brackets close")).into_iter().map(read_type);
        let mut next = || inner.next().expect("brackets hold types");
        return match outer {
            "list" => Type::list(next()),
            "map" => Type::map(next(), next()),
            "type" => Type::Type(Some(next().into())),
            _ => Type::optional(next()),
        };
    }
    if text.len() == 1 {
        return Type::Param(text.into());
    }
    match text {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "timestamp" => Type::Timestamp,
        "duration" => Type::Duration,
        "dyn" => Type::Dyn,
        word => named(word).expect("the table names known types"),
    }
}

/// A type of the libraries, by its word in the tables.
pub(super) fn named(word: &str) -> Option<Type> {
    let object = |name: &str| Some(Type::object::<&str>(name, []));
    match word {
        "quantity" => object("kubernetes.Quantity"),
        "url" => object("kubernetes.URL"),
        "semver" => object("kubernetes.Semver"),
        "namedformat" => object("kubernetes.NamedFormat"),
        "authorizer" => object("kubernetes.authorization.Authorizer"),
        "pathcheck" => object("kubernetes.authorization.PathCheck"),
        "groupcheck" => object("kubernetes.authorization.GroupCheck"),
        "resourcecheck" => object("kubernetes.authorization.ResourceCheck"),
        "decision" => object("kubernetes.authorization.Decision"),
        "ip" => Some(Type::Opaque("net.IP".into(), [].into())),
        "cidr" => Some(Type::Opaque("net.CIDR".into(), [].into())),
        _ => None,
    }
}
