//! Expressions of webhooks and policies: what they may name, what they must come to
//! (kubernetes/apiserver `pkg/admission/plugin/cel/compile.go`, `.../composition.go`).

use std::sync::{Arc, LazyLock};

use amethyst_cel::{Env, Library, ObjectType, Program, StructType, Type, TypeProvider};
use amethyst_object::Str;

/// What an expression may name besides the object, the request and the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offered {
    /// `params`.
    pub(crate) parameters: bool,
    /// `authorizer`.
    pub(crate) authorizer: bool,
    /// `Object{}` and `JSONPatch{}`.
    pub(crate) patches: bool,
}

/// What an expression must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returns {
    Bool,
    Text,
    TextOrNull,
    Object,
    Patches,
    Anything,
}

/// An expression, compiled if it compiles.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) text: String,
    pub(crate) program: Result<Program, String>,
}

/// Compiles the expressions of one policy or webhook; variables become known one by one.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    /// None as long as `variables` itself is unknown.
    variables: Option<Vec<(Str, Type)>>,
    /// The types of the object, when they are known.
    object: Type,
    params: Type,
}

impl Compiler {
    /// Without composition: match conditions of webhooks.
    pub(crate) fn plain() -> Self {
        Self { variables: None, object: Type::Dyn, params: Type::Dyn }
    }

    /// With `variables`.
    pub(crate) fn composed() -> Self {
        Self { variables: Some(Vec::new()), ..Self::plain() }
    }

    /// With the object's type and that of the parameters: for checking types.
    pub(crate) fn typed(object: Type, params: Type) -> Self {
        Self { variables: Some(Vec::new()), object, params }
    }

    /// Compiles an expression; the error is what upstream's compiler says.
    pub(crate) fn compile(&self, text: &str, offered: Offered, returns: Returns) -> Expression {
        let program = self.try_compile(text, offered, returns);
        Expression { text: text.to_owned(), program }
    }

    /// Compiles a variable, which expressions from now on may name.
    pub(crate) fn variable(&mut self, name: &str, text: &str, offered: Offered) -> Expression {
        let compiled = self.compile(text, offered, Returns::Anything);
        let ty = compiled.program.as_ref().map_or(Type::Dyn, |program| declared(program.result_type()));
        let variables = self.variables.get_or_insert_default();
        variables.retain(|(known, _)| known != name);
        variables.push((name.into(), ty));
        compiled
    }

    /// What the types say against an expression, whatever it comes to.
    pub(super) fn check(&self, text: &str, offered: Offered) -> Option<String> {
        self.env(offered).compile(text).err().map(|error| error.to_string())
    }

    fn try_compile(&self, text: &str, offered: Offered, returns: Returns) -> Result<Program, String> {
        let program = self.env(offered).compile(text).map_err(|error| match error {
            amethyst_cel::CompileError::Program(why) => format!("program instantiation failed: {why}"),
            issues @ amethyst_cel::CompileError::Issues { .. } => format!("compilation failed: {issues}"),
        })?;
        match returns.refuse(program.result_type()) {
            Some(why) => Err(why),
            None => Ok(program),
        }
    }

    fn env(&self, offered: Offered) -> Env {
        let mut env = BASE.clone();
        env = env.variable("object", self.object.clone()).variable("oldObject", self.object.clone());
        if offered.parameters {
            env = env.variable("params", self.params.clone());
        }
        if offered.authorizer {
            env = env
                .variable("authorizer", Type::authorizer())
                .variable("authorizer.requestResource", Type::resource_check());
        }
        if offered.patches {
            env = env.types(Arc::new(PatchTypes)).library(Library::JsonPatch);
        }
        match &self.variables {
            Some(variables) => {
                env.variable("variables", Type::object("kubernetes.variables", variables.iter().cloned()))
            }
            None => env,
        }
    }
}

static BASE: LazyLock<Env> = LazyLock::new(|| {
    Env::kubernetes().variable("namespaceObject", namespace_type()).variable("request", request_type())
});

impl Returns {
    /// Why a type is none that is asked for.
    fn refuse(self, found: &Type) -> Option<String> {
        let allowed: Vec<Type> = match self {
            Self::Anything => return None,
            Self::Bool => vec![Type::Bool],
            Self::Text => vec![Type::String],
            Self::TextOrNull => vec![Type::String, Type::Null],
            Self::Object => vec![Type::object::<Str>("Object", [])],
            Self::Patches => vec![Type::list(Type::object::<Str>("JSONPatch", []))],
        };
        if allowed.contains(found) {
            return None;
        }
        let listed: Vec<String> = allowed.iter().map(spelled).collect();
        let found = spelled(found);
        Some(match listed.as_slice() {
            [one] => format!("must evaluate to {one} but got {found}"),
            many => format!("must evaluate to one of [{}] but got {found}", many.join(" ")),
        })
    }
}

/// A type as cel-go's own `String` spells it.
fn spelled(ty: &Type) -> String {
    match ty {
        Type::List(element) => format!("list({})", spelled(element)),
        Type::Map(pair) => format!("map({}, {})", spelled(&pair.0), spelled(&pair.1)),
        Type::Type(Some(inner)) => format!("type({})", spelled(inner)),
        Type::Opaque(name, parameters) if !parameters.is_empty() => {
            format!("{name}({})", parameters.iter().map(spelled).collect::<Vec<_>>().join(", "))
        }
        other => other.name().to_owned(),
    }
}

/// The type of a variable for those who name it: what upstream's declarations cannot say is dynamic.
fn declared(ty: &Type) -> Type {
    match ty {
        Type::List(element) => Type::list(declared(element)),
        Type::Map(pair) => Type::map(declared(&pair.0), declared(&pair.1)),
        Type::Bool
        | Type::Int
        | Type::Uint
        | Type::Double
        | Type::String
        | Type::Bytes
        | Type::Null
        | Type::Timestamp
        | Type::Duration => ty.clone(),
        _ => Type::Dyn,
    }
}

/// `BuildRequestType`.
fn request_type() -> Type {
    let kind = Type::object("kubernetes.GroupVersionKind", texts(&["group", "version", "kind"]));
    let resource = Type::object("kubernetes.GroupVersionResource", texts(&["group", "version", "resource"]));
    let list = Type::list(Type::String);
    let user = Type::object(
        "kubernetes.UserInfo",
        [
            ("username", Type::String),
            ("uid", Type::String),
            ("groups", list.clone()),
            ("extra", Type::map(Type::String, list)),
        ],
    );
    let mut fields = texts(&["subResource", "requestSubResource", "name", "namespace", "operation"]);
    fields.extend([
        ("kind", kind.clone()),
        ("resource", resource.clone()),
        ("requestKind", kind),
        ("requestResource", resource),
        ("userInfo", user),
        ("dryRun", Type::Bool),
        ("options", Type::Dyn),
    ]);
    Type::object("kubernetes.AdmissionRequest", fields)
}

/// `BuildNamespaceType`.
fn namespace_type() -> Type {
    let texts_list = || Type::list(Type::String);
    let map = || Type::map(Type::String, Type::String);
    let mut metadata = texts(&["name", "generateName", "namespace", "UID", "resourceVersion"]);
    metadata.extend([
        ("labels", map()),
        ("annotations", map()),
        ("creationTimestamp", Type::Timestamp),
        ("deletionGracePeriodSeconds", Type::Int),
        ("deletionTimestamp", Type::Timestamp),
        ("generation", Type::Int),
        ("finalizers", texts_list()),
    ]);
    let mut condition = texts(&["status", "type", "message", "reason"]);
    condition.push(("lastTransitionTime", Type::Timestamp));
    let conditions = Type::list(Type::object("kubernetes.NamespaceCondition", condition));
    let status =
        Type::object("kubernetes.NamespaceStatus", [("conditions", conditions), ("phase", Type::String)]);
    Type::object(
        "kubernetes.Namespace",
        [
            ("metadata", Type::object("kubernetes.NamespaceMetadata", metadata)),
            ("spec", Type::object("kubernetes.NamespaceSpec", [("finalizers", texts_list())])),
            ("status", status),
        ],
    )
}

fn texts(names: &[&'static str]) -> Vec<(&'static str, Type)> {
    names.iter().map(|name| (*name, Type::String)).collect()
}

/// `Object`, `Object.spec`, ... with any fields, and `JSONPatch`.
#[derive(Debug)]
struct PatchTypes;

/// An object of which no field is known.
#[derive(Debug)]
struct AnyObject(Str);

impl ObjectType for AnyObject {
    fn name(&self) -> &str {
        &self.0
    }

    fn field(&self, _name: &str) -> Option<Type> {
        Some(Type::Dyn)
    }
}

impl TypeProvider for PatchTypes {
    fn find(&self, name: &str) -> Option<Arc<dyn ObjectType>> {
        if name == "JSONPatch" {
            let fields =
                [("op", Type::String), ("path", Type::String), ("from", Type::String), ("value", Type::Dyn)];
            let fields = fields.into_iter().map(|(name, ty)| (name.into(), ty)).collect();
            return Some(Arc::new(StructType { name: "JSONPatch".into(), fields }));
        }
        let is_object = name == "Object" || name.starts_with("Object.");
        is_object.then(|| Arc::new(AnyObject(name.into())) as Arc<dyn ObjectType>)
    }
}
