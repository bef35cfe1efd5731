//! The strategies of an experiment in the words of their registry entries, with the parameters in force.

use minijinja::context;
use minijinja::value::Value;

use crate::experiment::{VariantDraft, param_text};
use crate::results::Results;
use crate::spec::{ParamSpec, Spec};
use crate::strategy::STRATEGIES;

/// Each strategy that a variant trains with, in the order of the registry.
pub(super) fn strategies(results: &Results) -> Vec<Value> {
    let users = |spec: &Spec| -> Vec<&VariantDraft> {
        let variants = results.draft.variants.iter();
        variants
            .filter(|variant| variant.strategy.name == spec.id)
            .collect()
    };
    STRATEGIES
        .iter()
        .map(|entry| (entry.spec(), users(entry.spec())))
        .filter(|(_, users)| !users.is_empty())
        .map(|(spec, users)| {
            let params: Vec<Value> = spec
                .params
                .iter()
                .map(|param| context! { name => param.name, value => in_force(spec, param, &users), meaning => param.meaning })
                .collect();
            let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
            context! {
                label => spec.label,
                summary => spec.summary,
                formula => spec.formula,
                citation => spec.paper.map(|paper| paper.citation),
                url => spec.paper.map(|paper| paper.url),
                variants => names.join("; "),
                params,
            }
        })
        .collect()
}

/// A parameter's value, or the values with their variants where these differ.
fn in_force(spec: &Spec, param: &ParamSpec, users: &[&VariantDraft]) -> String {
    let value = |user: &VariantDraft| {
        let value = user.strategy.value(spec, param.name);
        value.as_ref().map_or_else(String::new, param_text)
    };
    let mut values: Vec<(String, Vec<&str>)> = Vec::new();
    for user in users {
        let own = value(user);
        match values.iter_mut().find(|(value, _)| *value == own) {
            Some((_, names)) => names.push(&user.name),
            None => values.push((own, vec![&user.name])),
        }
    }
    if let [(value, _)] = values.as_slice() {
        return value.clone();
    }
    let each = values
        .iter()
        .map(|(value, names)| format!("{value} ({})", names.join("; ")));
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::results;
    use super::*;
    use crate::spec::{Choice, ParamValue};

    #[test]
    fn values_that_differ_name_their_variants() {
        let mut results = results();
        let variants = &mut results.draft.variants;
        for variant in variants.iter_mut() {
            variant.strategy = Choice::named("uncertainty");
        }
        let params = |results: &Results| strategies(results)[0].get_attr("params").unwrap();
        let value = |results: &Results, param: usize| {
            let param = params(results).get_item_by_index(param).unwrap();
            param.get_attr("value").unwrap().to_string()
        };
        assert_eq!(value(&results, 1), "0.01");
        let lr = ("lr".to_owned(), ParamValue::Number(0.1));
        results.draft.variants[0].strategy.params.extend([lr]);
        let expected = "0.1 (separate), 0.01 (shared <b> & \"equal\" | x)";
        assert_eq!(value(&results, 1), expected);
        assert_eq!(strategies(&results).len(), 1);
    }
}
