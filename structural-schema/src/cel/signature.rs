//! The functions of CEL as the API server declares them: names, overloads, types
//!
//! It owns the list, with the identifiers on which costs depend. What a function does is `function`'s business, whether a
//! call fits is `checker`'s.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::kind::Ty;
use super::named::NAMES;

/// One way to call a function
#[derive(Debug)]
pub(super) struct Overload {
    pub(super) id: String,
    /// Whether the first argument stands before the dot
    pub(super) member: bool,
    pub(super) args: Vec<Ty>,
    pub(super) result: Ty,
}

/// One overload a line: name, identifier, arguments, result. A name that begins with a dot is a member; one letter in
/// capitals stands for any type.
const DECLARED: &str = "
_?_:_ conditional bool,A,A A
_&&_ logical_and bool,bool bool
_||_ logical_or bool,bool bool
!_ logical_not bool bool
@not_strictly_false not_strictly_false bool bool
_+_ add_bytes bytes,bytes bytes
_+_ add_double double,double double
_+_ add_duration_duration duration,duration duration
_+_ add_duration_timestamp duration,timestamp timestamp
_+_ add_timestamp_duration timestamp,duration timestamp
_+_ add_int64 int,int int
_+_ add_list list(A),list(A) list(A)
_+_ add_string string,string string
_+_ add_uint64 uint,uint uint
_/_ divide_double double,double double
_/_ divide_int64 int,int int
_/_ divide_uint64 uint,uint uint
_%_ modulo_int64 int,int int
_%_ modulo_uint64 uint,uint uint
_*_ multiply_double double,double double
_*_ multiply_int64 int,int int
_*_ multiply_uint64 uint,uint uint
-_ negate_double double double
-_ negate_int64 int int
_-_ subtract_double double,double double
_-_ subtract_duration_duration duration,duration duration
_-_ subtract_int64 int,int int
_-_ subtract_timestamp_duration timestamp,duration timestamp
_-_ subtract_timestamp_timestamp timestamp,timestamp duration
_-_ subtract_uint64 uint,uint uint
_==_ equals A,A bool
_!=_ not_equals A,A bool
_[_] index_list list(A),int A
_[_] index_map map(A,B),A B
_[_] optional_list_index_int optional(list(V)),int optional(V)
_[_] optional_map_index_value optional(map(K,V)),K optional(V)
_[?_] list_optindex_optional_int list(V),int optional(V)
_[?_] optional_list_optindex_optional_int optional(list(V)),int optional(V)
_[?_] map_optindex_optional_value map(K,V),K optional(V)
_[?_] optional_map_optindex_optional_value optional(map(K,V)),K optional(V)
@in in_list A,list(A) bool
@in in_map A,map(A,B) bool
size size_bytes bytes int
size size_list list(A) int
size size_map map(A,B) int
size size_string string int
.size bytes_size bytes int
.size list_size list(A) int
.size map_size map(A,B) int
.size string_size string int
type type A type(A)
dyn to_dyn A dyn
bool bool_to_bool bool bool
bool string_to_bool string bool
bytes bytes_to_bytes bytes bytes
bytes string_to_bytes string bytes
double double_to_double double double
double int64_to_double int double
double string_to_double string double
double uint64_to_double uint double
duration duration_to_duration duration duration
duration string_to_duration string duration
int int64_to_int64 int int
int double_to_int64 double int
int duration_to_int64 duration int
int string_to_int64 string int
int timestamp_to_int64 timestamp int
int uint64_to_int64 uint int
string string_to_string string string
string bool_to_string bool string
string bytes_to_string bytes string
string double_to_string double string
string duration_to_string duration string
string int64_to_string int string
string timestamp_to_string timestamp string
string uint64_to_string uint string
string ip_to_string ip string
string cidr_to_string cidr string
timestamp timestamp_to_timestamp timestamp timestamp
timestamp int64_to_timestamp int timestamp
timestamp string_to_timestamp string timestamp
uint uint64_to_uint64 uint uint
uint double_to_uint64 double uint
uint int64_to_uint64 int uint
uint string_to_uint64 string uint
.contains contains_string string,string bool
.endsWith ends_with_string string,string bool
.startsWith starts_with_string string,string bool
matches matches string,string bool
.matches matches_string string,string bool
.getFullYear timestamp_to_year timestamp int
.getFullYear timestamp_to_year_with_tz timestamp,string int
.getMonth timestamp_to_month timestamp int
.getMonth timestamp_to_month_with_tz timestamp,string int
.getDayOfYear timestamp_to_day_of_year timestamp int
.getDayOfYear timestamp_to_day_of_year_with_tz timestamp,string int
.getDayOfMonth timestamp_to_day_of_month timestamp int
.getDayOfMonth timestamp_to_day_of_month_with_tz timestamp,string int
.getDate timestamp_to_day_of_month_1_based timestamp int
.getDate timestamp_to_day_of_month_1_based_with_tz timestamp,string int
.getDayOfWeek timestamp_to_day_of_week timestamp int
.getDayOfWeek timestamp_to_day_of_week_with_tz timestamp,string int
.getHours timestamp_to_hours timestamp int
.getHours timestamp_to_hours_with_tz timestamp,string int
.getHours duration_to_hours duration int
.getMinutes timestamp_to_minutes timestamp int
.getMinutes timestamp_to_minutes_with_tz timestamp,string int
.getMinutes duration_to_minutes duration int
.getSeconds timestamp_to_seconds timestamp int
.getSeconds timestamp_to_seconds_tz timestamp,string int
.getSeconds duration_to_seconds duration int
.getMilliseconds timestamp_to_milliseconds timestamp int
.getMilliseconds timestamp_to_milliseconds_with_tz timestamp,string int
.getMilliseconds duration_to_milliseconds duration int
optional.of optional_of V optional(V)
optional.ofNonZeroValue optional_ofNonZeroValue V optional(V)
optional.none optional_none - optional(V)
optional.unwrap optional_unwrap list(optional(V)) list(V)
.unwrapOpt optional_unwrapOpt list(optional(V)) list(V)
.value optional_value optional(V) V
.hasValue optional_hasValue optional(V) bool
.or optional_or_optional optional(V),optional(V) optional(V)
.orValue optional_orValue_value optional(V),V V
.first list_first list(V) optional(V)
.last list_last list(V) optional(V)
.charAt string_char_at_int string,int string
.indexOf list_a_index_of_int list(A),A int
.indexOf string_index_of_string string,string int
.indexOf string_index_of_string_int string,string,int int
.lastIndexOf list_a_last_index_of_int list(A),A int
.lastIndexOf string_last_index_of_string string,string int
.lastIndexOf string_last_index_of_string_int string,string,int int
.join list_join list(string) string
.join list_join_string list(string),string string
.lowerAscii string_lower_ascii string string
.upperAscii string_upper_ascii string string
.replace string_replace_string_string string,string,string string
.replace string_replace_string_string_int string,string,string,int string
.split string_split_string string,string list(string)
.split string_split_string_int string,string,int list(string)
.substring string_substring_int string,int string
.substring string_substring_int_int string,int,int string
.trim string_trim string string
.format string_format string,list(dyn) string
strings.quote strings_quote string string
.find string_find_string string,string string
.findAll string_find_all_string string,string list(string)
.findAll string_find_all_string_int string,string,int list(string)
.slice list_slice list(A),int,int list(A)
.flatten list_flatten list(list(A)) list(A)
.flatten list_flatten_int list(dyn),int list(dyn)
lists.range lists_range int list(int)
.distinct list_distinct list(A) list(A)
.reverse list_reverse list(A) list(A)
.sum list_int_sum_int list(int) int
.sum list_uint_sum_uint list(uint) uint
.sum list_double_sum_double list(double) double
.sum list_duration_sum_duration list(duration) duration
sets.contains list_sets_contains_list list(A),list(A) bool
sets.equivalent list_sets_equivalent_list list(A),list(A) bool
sets.intersects list_sets_intersects_list list(A),list(A) bool
cel.@mapInsert @mapInsert_map_map map(K,V),map(K,V) map(K,V)
cel.@mapInsert @mapInsert_map_key_value map(K,V),K,V map(K,V)
url string_to_url string url
isURL is_url_string string bool
.getScheme url_get_scheme url string
.getHost url_get_host url string
.getHostname url_get_hostname url string
.getPort url_get_port url string
.getEscapedPath url_get_escaped_path url string
.getQuery url_get_query url map(string,list(string))
ip string_to_ip string ip
isIP is_ip string bool
ip.isCanonical ip_is_canonical string bool
.family ip_family ip int
.isUnspecified ip_is_unspecified ip bool
.isLoopback ip_is_loopback ip bool
.isLinkLocalMulticast ip_is_link_local_multicast ip bool
.isLinkLocalUnicast ip_is_link_local_unicast ip bool
.isGlobalUnicast ip_is_global_unicast ip bool
cidr string_to_cidr string cidr
isCIDR is_cidr string bool
.containsIP cidr_contains_ip_string cidr,string bool
.containsIP cidr_contains_ip_ip cidr,ip bool
.containsCIDR cidr_contains_cidr_string cidr,string bool
.containsCIDR cidr_contains_cidr cidr,cidr bool
.ip cidr_ip cidr ip
.prefixLength cidr_prefix_length cidr int
.masked cidr_masked cidr cidr
quantity string_to_quantity string quantity
isQuantity is_quantity_string string bool
sign quantity_sign quantity int
.isGreaterThan quantity_is_greater_than quantity,quantity bool
.isLessThan quantity_is_less_than quantity,quantity bool
.compareTo quantity_compare_to quantity,quantity int
.asApproximateFloat quantity_get_float quantity double
.asInteger quantity_get_int quantity int
.isInteger quantity_is_integer quantity bool
.add quantity_add quantity,quantity quantity
.add quantity_add_int quantity,int quantity
.sub quantity_sub quantity,quantity quantity
.sub quantity_sub_int quantity,int quantity
semver string_to_semver string semver
semver string_bool_to_semver string,bool semver
isSemver is_semver_string string bool
isSemver is_semver_string_bool string,bool bool
.isGreaterThan semver_is_greater_than semver,semver bool
.isLessThan semver_is_less_than semver,semver bool
.compareTo semver_compare_to semver,semver int
.major semver_major semver int
.minor semver_minor semver int
.patch semver_patch semver int
format.named format-named string optional(format)
.validate format-validate format,string optional(list(string))
.path authorizer_path authorizer,string pathcheck
.group authorizer_group authorizer,string groupcheck
.serviceAccount authorizer_serviceaccount authorizer,string,string authorizer
.resource groupcheck_resource groupcheck,string resourcecheck
.subresource resourcecheck_subresource resourcecheck,string resourcecheck
.namespace resourcecheck_namespace resourcecheck,string resourcecheck
.name resourcecheck_name resourcecheck,string resourcecheck
.fieldSelector authorizer_fieldselector resourcecheck,string resourcecheck
.labelSelector authorizer_labelselector resourcecheck,string resourcecheck
.check pathcheck_check pathcheck,string decision
.check resourcecheck_check resourcecheck,string decision
.errored decision_errored decision bool
.error decision_error decision string
.allowed decision_allowed decision bool
.reason decision_reason decision string
";

/// Types whose values have an order, with their words in identifiers
const ORDERED: [&str; 8] = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];
/// Numbers, which can be compared with each other
const NUMBERS: [(&str, &str); 3] = [("int", "int64"), ("uint", "uint64"), ("double", "double")];

static FUNCTIONS: LazyLock<BTreeMap<String, Vec<Overload>>> = LazyLock::new(|| {
    let mut functions: BTreeMap<String, Vec<Overload>> = BTreeMap::new();
    let mut declare = |line: &str| {
        let mut words = line.split(' ');
        let (Some(name), Some(id), Some(args), Some(result)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return;
        };
        let member = name.starts_with('.');
        let args = if args == "-" { Vec::new() } else { Ty::read_list(args) };
        let overload = Overload { id: id.to_owned(), member, args, result: Ty::read(result) };
        functions.entry(name.trim_start_matches('.').to_owned()).or_default().push(overload);
    };
    DECLARED.lines().for_each(&mut declare);
    for (operator, word) in
        [("_<_", "less"), ("_<=_", "less_equals"), ("_>_", "greater"), ("_>=_", "greater_equals")]
    {
        for ty in ["bool", "string", "bytes", "timestamp", "duration"] {
            declare(&format!("{operator} {word}_{ty} {ty},{ty} bool"));
        }
        for (left, left_word) in NUMBERS {
            for (right, right_word) in NUMBERS {
                let id = if left == right {
                    format!("{word}_{left_word}")
                } else {
                    format!("{word}_{left_word}_{right_word}")
                };
                declare(&format!("{operator} {id} {left},{right} bool"));
            }
        }
    }
    for ty in ORDERED {
        declare(&format!(".isSorted list_{ty}_is_sorted_bool list({ty}) bool"));
        declare(&format!(".min list_{ty}_min_{ty} list({ty}) {ty}"));
        declare(&format!(".max list_{ty}_max_{ty} list({ty}) {ty}"));
        declare(&format!(".sort list_{ty}_sort list({ty}) list({ty})"));
        declare(&format!(".@sortByAssociatedKeys list_{ty}_sortByAssociatedKeys list(A),list({ty}) list(A)"));
    }
    for name in NAMES {
        declare(&format!("format.{name} format.{name} - format"));
    }
    functions
});

/// All overloads of a function; empty if there is none of that name
pub(super) fn overloads(function: &str) -> &'static [Overload] {
    FUNCTIONS.get(function).map_or(&[], Vec::as_slice)
}

/// Whether there is a function of that name
pub(super) fn exists(function: &str) -> bool {
    FUNCTIONS.contains_key(function)
}
