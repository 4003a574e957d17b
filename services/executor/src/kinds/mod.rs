//! The general kinds, one file each.

mod fibonacci;
mod http_get;
mod load_products;

use metier_contract_products::ProductsClient;
use metier_worker::Handlers;

pub(crate) use http_get::HttpGet;
pub use http_get::HttpSettings;

/// Every kind with its handler.
pub(crate) fn handlers(products: ProductsClient, http: HttpGet) -> Handlers {
    Handlers::new()
        .with_blocking(fibonacci::kind(), fibonacci::Fibonacci)
        .with(load_products::kind(), load_products::LoadProducts::new(products))
        .with(http_get::kind(), http)
}

#[cfg(test)]
pub(crate) mod tests {
    use metier_core::{Clock, CorrelationId, Random, Timestamp};
    use metier_worker::{KindSpec, Stop, TaskContext, protocol};
    use serde_json::Value;

    use super::*;

    /// A task that no lease stands behind.
    pub(crate) fn task(stop: &Stop) -> TaskContext {
        let (clock, random) = (Clock::manual(Timestamp::EPOCH), Random::seeded(1));
        let correlation = CorrelationId::fresh(&clock, &random);
        TaskContext::alone(random.id(clock.now()), correlation, clock, stop.clone())
    }

    fn schema(kind: &KindSpec) -> Value {
        serde_json::from_str(&protocol::Kind::from(kind).parameter_schema).unwrap()
    }

    #[test]
    fn every_kind_has_a_schema_that_takes_its_examples_and_no_unknown_field() {
        for kind in [fibonacci::kind(), load_products::kind(), http_get::kind()] {
            let schema = schema(&kind);
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            let properties = schema["properties"].as_object().unwrap();
            let example =
                properties.iter().map(|(name, property)| (name.clone(), property["examples"][0].clone()));
            let mut example: Value = example.collect::<serde_json::Map<_, _>>().into();
            assert!(validator.is_valid(&example), "{}: {example}", kind.name());
            example["unheard_of"] = 1.into();
            assert!(!validator.is_valid(&example), "{}", kind.name());
            assert!(!validator.is_valid(&serde_json::json!({})), "{}", kind.name());
        }
    }
}
