//! Reading TOML 1.0: integers `int64`, floats `float64`, dates `time.Time`, tables maps.
//!
//! Errors name the line as upstream's do, in words of our own.

mod value;

use amethyst_gotemplate::{List, ListKind, Map, Value};
use amethyst_object::Str;

/// How deep arrays and tables may nest.
const DEPTH_MAX: usize = 200;

/// Reads a document into a map.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0, depth: 0, last_key: String::new() };
    reader.document().map_err(|what| {
        let line = text[..reader.at.min(text.len())].matches('\n').count() + 1;
        let key = match reader.last_key.as_str() {
            "" => String::new(),
            key => format!(" (last key {})", crate::print::quoted(key)),
        };
        format!("toml: line {line}{key}: {what}")
    })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    last_key: String,
}

/// Tables while they are read: a map, a value, or a list of tables that headers add to.
enum Node {
    Table { entries: Vec<(Str, Node)>, is_defined: bool },
    Tables(Vec<Node>),
    Value(Value),
}

impl Node {
    fn table() -> Self {
        Self::Table { entries: Vec::new(), is_defined: false }
    }

    fn finish(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Tables(tables) => {
                List::with_kind(ListKind::Map, tables.into_iter().map(Self::finish).collect()).into()
            }
            Self::Table { entries, .. } => {
                entries.into_iter().map(|(key, node)| (key, node.finish())).collect::<Map>().into()
            }
        }
    }

    /// The table under a key, made when it is missing; of a list of tables the last.
    fn step(&mut self, key: &Str) -> Result<&mut Self, String> {
        let Self::Table { entries, .. } = self else { return Err(taken(key)) };
        let index = entries.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            entries.push((key.clone(), Self::table()));
            entries.len() - 1
        });
        match &mut entries[index].1 {
            Self::Tables(tables) => tables.last_mut().ok_or_else(|| taken(key)),
            Self::Value(_) => Err(taken(key)),
            table @ Self::Table { .. } => Ok(table),
        }
    }

    fn insert(&mut self, key: &Str, node: Self) -> Result<(), String> {
        let Self::Table { entries, .. } = self else { return Err(taken(key)) };
        if entries.iter().any(|(known, _)| known == key) {
            return Err(taken(key));
        }
        entries.push((key.clone(), node));
        Ok(())
    }
}

fn taken(key: &str) -> String {
    format!("Key '{key}' has already been defined.")
}

type Read<T> = Result<T, String>;

impl Reader<'_> {
    fn document(&mut self) -> Read<Value> {
        let mut root = Node::table();
        let mut path: Vec<Str> = Vec::new();
        loop {
            self.blank_lines();
            match self.peek() {
                None => return Ok(root.finish()),
                Some('[') => path = self.header(&mut root)?,
                Some(_) => {
                    let mut table = &mut root;
                    for key in &path {
                        table = table.step(key)?;
                    }
                    self.pair(table)?;
                }
            }
            self.spaces();
            self.comment();
            match self.peek() {
                None | Some('\n') => {}
                Some(_) => {
                    self.last_key.clear();
                    let wanted = "expected a top-level item to end with a newline, comment, or EOF";
                    return Err(self.unexpected(wanted));
                }
            }
        }
    }

    fn header(&mut self, root: &mut Node) -> Read<Vec<Str>> {
        self.at += 1;
        let is_list = self.eat("[");
        let path = self.keys()?;
        if !self.eat(if is_list { "]]" } else { "]" }) {
            return Err(self.unexpected("expected end of table name"));
        }
        self.last_key.clear();
        let (last, parents) = path.split_last().ok_or("a table needs a name")?;
        let mut table = root;
        for key in parents {
            table = table.step(key)?;
        }
        if is_list {
            let Node::Table { entries, .. } = table else { return Err(taken(last)) };
            match entries.iter_mut().find(|(known, _)| known == last) {
                Some((_, Node::Tables(tables))) => tables.push(Node::table()),
                Some(_) => return Err(taken(last)),
                None => entries.push((last.clone(), Node::Tables(vec![Node::table()]))),
            }
        } else {
            let Node::Table { entries, .. } = &table else { return Err(taken(last)) };
            let is_list =
                entries.iter().any(|(known, node)| known == last && matches!(node, Node::Tables(_)));
            match table.step(last)? {
                Node::Table { is_defined, .. } if !*is_defined && !is_list => *is_defined = true,
                _ => return Err(taken(last)),
            }
        }
        Ok(path)
    }

    fn pair(&mut self, mut table: &mut Node) -> Read<()> {
        self.last_key.clear();
        let path = self.keys()?;
        if !self.eat("=") {
            return Err(match self.peek() {
                None => "unexpected EOF; expected key separator '='".to_owned(),
                Some(_) => self.unexpected("expected '.' or '='"),
            });
        }
        self.last_key = path.join(".");
        self.spaces();
        let value = self.value()?;
        let (last, parents) = path.split_last().ok_or("a value needs a key")?;
        for key in parents {
            table = table.step(key)?;
        }
        table.insert(last, Node::Value(value))
    }

    /// Keys with dots between.
    fn keys(&mut self) -> Read<Vec<Str>> {
        let mut keys = Vec::new();
        loop {
            self.spaces();
            keys.push(self.key()?);
            self.spaces();
            if keys.len() > DEPTH_MAX {
                return Err("tables nest too deeply".to_owned());
            }
            if !self.eat(".") {
                return Ok(keys);
            }
        }
    }

    fn key(&mut self) -> Read<Str> {
        if let Some('"' | '\'') = self.peek() {
            return self.string(false);
        }
        let rest = &self.text[self.at..];
        let is_bare = |rune: char| rune.is_ascii_alphanumeric() || rune == '_' || rune == '-';
        let length = rest.find(|rune| !is_bare(rune)).unwrap_or(rest.len());
        match rest.chars().next() {
            Some('=') => return Err("unexpected '=': key name appears blank".to_owned()),
            Some(control @ ('\0'..' ' | '\u{7f}')) if control != '\n' => {
                let code = u32::from(control);
                return Err(format!("TOML files cannot contain control characters: '0x{code:02x}'"));
            }
            Some(_) if length == 0 => return Err(self.unexpected("expected '.' or '='")),
            None => return Err("unexpected EOF; expected key separator '='".to_owned()),
            _ => {}
        }
        self.at += length;
        Ok(rest[..length].into())
    }

    fn value(&mut self) -> Read<Value> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("values nest too deeply".to_owned());
        }
        let value = match self.peek() {
            Some('"' | '\'') => Value::String(self.string(true)?),
            Some('[') => self.array()?,
            Some('{') => self.inline_table()?,
            Some(_) => self.plain()?,
            None => return Err("unexpected EOF; expected value".to_owned()),
        };
        self.depth -= 1;
        Ok(value)
    }

    fn array(&mut self) -> Read<Value> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blank_lines();
            if self.eat("]") {
                break;
            }
            items.push(self.value()?);
            self.blank_lines();
            if !self.eat(",") && self.peek() != Some(']') {
                return Err(self.unexpected("expected a comma or array terminator ']'"));
            }
        }
        let are_tables = !items.is_empty() && items.iter().all(|item| matches!(item, Value::Map(_)));
        let kind = if are_tables { ListKind::Map } else { ListKind::Any };
        Ok(List::with_kind(kind, items).into())
    }

    fn inline_table(&mut self) -> Read<Value> {
        self.at += 1;
        let mut table = Node::table();
        self.spaces();
        if self.eat("}") {
            return Ok(table.finish());
        }
        loop {
            self.pair(&mut table)?;
            self.spaces();
            if self.eat("}") {
                return Ok(table.finish());
            }
            if !self.eat(",") {
                return Err(self.unexpected("expected a comma or an inline table terminator '}'"));
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.text[self.at..].starts_with(wanted);
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    fn spaces(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
    }

    fn comment(&mut self) {
        if self.peek() == Some('#') {
            let rest = &self.text[self.at..];
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    fn blank_lines(&mut self) {
        loop {
            self.spaces();
            self.comment();
            if !self.eat("\n") {
                return;
            }
        }
    }

    fn unexpected(&self, wanted: &str) -> String {
        match self.peek() {
            None => format!("{wanted}, but got end of file"),
            Some('\n') => format!(r"{wanted}, but got '\n' instead"),
            Some(found) => format!("{wanted}, but got '{found}' instead"),
        }
    }
}
