//! Paths into a tree of settings.

use serde_json::Value;

/// The path of a setting.
pub(crate) type Path = Vec<String>;

/// The setting at a path.
pub(crate) fn get<'a>(tree: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(tree, |tree, key| match tree {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        tree => tree.get(key),
    })
}

/// The setting at a path, to be changed.
pub(crate) fn get_mut<'a>(tree: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(tree, |tree, key| match tree {
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        tree => tree.get_mut(key),
    })
}

/// The path of every leaf: what is not a table.
pub(crate) fn leaves(tree: &Value) -> Vec<Path> {
    match tree {
        Value::Object(table) => table
            .iter()
            .flat_map(|(key, value)| leaves(value).into_iter().map(|below| prefixed(key, below)))
            .collect(),
        _ => vec![Path::new()],
    }
}

/// Every key of `given` that `understood`, the same settings read and written again, does not have.
pub(crate) fn unknown_keys(given: &Value, understood: &Value) -> Vec<Path> {
    let below = |key: &str, given, understood| {
        unknown_keys(given, understood).into_iter().map(|path| prefixed(key, path)).collect::<Vec<_>>()
    };
    match (given, understood) {
        (Value::Object(given), Value::Object(understood)) => given
            .iter()
            .flat_map(|(key, value)| match understood.get(key) {
                Some(counterpart) => below(key, value, counterpart),
                None => vec![vec![key.clone()]],
            })
            .collect(),
        (Value::Array(given), Value::Array(understood)) => {
            let pairs = given.iter().zip(understood).enumerate();
            pairs.flat_map(|(index, (a, b))| below(&index.to_string(), a, b)).collect()
        }
        _ => Vec::new(),
    }
}

fn prefixed(key: &str, mut path: Path) -> Path {
    path.insert(0, key.to_owned());
    path
}
