//! Cells of custom resources, after kubernetes/apiextensions-apiserver `pkg/registry/customresource/tableconvertor`.

use amethyst_object::{Value, json};
use jiff::Timestamp;

use super::definition;
use crate::catalog::CustomColumn;
use crate::edge::jsonpath::JsonPath;

/// The columns of a custom resource, their paths read.
pub(super) struct Columns(Vec<(CustomColumn, Option<JsonPath>)>);

const COLUMN_WORDS: &str = "Custom resource definition column (in JSONPath format): ";

impl Columns {
    /// Without columns of its own a custom resource shows its age.
    pub(super) fn new(columns: &[CustomColumn]) -> Self {
        let age = CustomColumn {
            name: "Age".into(),
            ty: "date".into(),
            json_path: ".metadata.creationTimestamp".into(),
            ..CustomColumn::default()
        };
        let columns = if columns.is_empty() { vec![age] } else { columns.to_vec() };
        let read = |column: CustomColumn| {
            let path = JsonPath::parse(&column.json_path);
            (column, path)
        };
        Self(columns.into_iter().map(read).collect())
    }

    pub(super) fn definitions(&self) -> Vec<Value> {
        let own = self.0.iter().map(|(column, _)| {
            let words = if column.description.is_empty() {
                format!("{COLUMN_WORDS}{}", column.json_path)
            } else {
                column.description.to_string()
            };
            definition(&column.name, &column.ty, &column.format, &words, column.priority)
        });
        std::iter::once(definition("Name", "string", "name", "", 0)).chain(own).collect()
    }

    pub(super) fn cells(&self, object: &Value, now: Timestamp) -> Vec<Value> {
        let name = object.str_at(&["metadata", "name"]).unwrap_or_default();
        let own = self.0.iter().map(|(column, path)| {
            let found = path.as_ref().and_then(|path| path.first(object));
            found.map_or(Value::Null, |value| cell(&column.ty, value, now))
        });
        std::iter::once(Value::from(name)).chain(own).collect()
    }
}

fn cell(ty: &str, value: &Value, now: Timestamp) -> Value {
    match (ty, value) {
        ("string", Value::Null) => "<nil>".into(),
        ("string", Value::String(_)) | ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => {
            value.clone()
        }
        ("string", _) => json::to_string(value).into(),
        ("integer", Value::Number(number)) if number.is_integer() => value.clone(),
        ("integer", Value::Number(number)) => (number.as_f64() as i64).into(),

        ("date", Value::String(text)) => match text.parse::<Timestamp>() {
            Ok(at) => human_duration(now.as_second() - at.as_second()).into(),
            Err(_) => "<invalid>".into(),
        },
        _ => Value::Null,
    }
}

/// Seconds as kubectl prints ages.
fn human_duration(seconds: i64) -> String {
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let two = |large: i64, large_unit: char, small: i64, small_unit: char| {
        if small == 0 {
            format!("{large}{large_unit}")
        } else {
            format!("{large}{large_unit}{small}{small_unit}")
        }
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match () {
        () if seconds < 0 => "0s".to_owned(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two(hours / 24, 'd', hours % 24, 'h'),
        () if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        () if hours < 24 * 365 * 8 => two(hours / 24 / 365, 'y', hours / 24 % 365, 'd'),
        () => format!("{}y", hours / 24 / 365),
    }
}

#[cfg(test)]
mod tests {
    use amethyst_object::{Value, json};

    use super::{Columns, human_duration};
    use crate::catalog::CustomColumn;

    fn column(name: &str, ty: &str, json_path: &str) -> CustomColumn {
        CustomColumn {
            name: name.into(),
            ty: ty.into(),
            json_path: json_path.into(),
            ..CustomColumn::default()
        }
    }

    /// The cells are what kube-apiserver 1.37.2 answers for the same definition and object.
    #[test]
    fn cells_are_upstreams() {
        let columns = Columns::new(&[
            column("Size", "integer", ".spec.replicas"),
            column("Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
            column("Since", "date", ".metadata.creationTimestamp"),
            column("L", "string", ".spec.list"),
            column("L2", "string", ".spec.list[*]"),
            column("B", "boolean", ".spec.b"),
            column("O", "string", ".spec.o"),
        ]);
        let object = json::parse(
            br#"{"metadata":{"name":"a","creationTimestamp":"2026-11-24T03:08:53Z"},"spec":{"b":true,"list":["a","b"],"o":{"x":"y"},"replicas":3}}"#,
        )
        .unwrap();
        let cells = columns.cells(&object, "2026-11-24T03:08:53Z".parse().unwrap());
        assert_eq!(
            json::to_string(&Value::Array(cells)),
            r#"["a",3,null,"0s","[\"a\",\"b\"]","a",true,"{\"x\":\"y\"}"]"#
        );
        let definitions = Columns::new(&[]).definitions();
        assert_eq!(definitions[1].str_at(&["name"]), Some("Age"));
    }

    #[test]
    fn ages_are_kubectls() {
        let ages = [
            (-5, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (601, "10m"),
            (10800, "3h"),
            (12000, "3h20m"),
            (86400, "24h"),
            (176_400, "2d1h"),
            (864_000, "10d"),
            (63_072_000, "2y"),
        ];
        for (seconds, expect) in ages {
            assert_eq!(human_duration(seconds), expect);
        }
    }
}
