//! Settings that are not settings, or have values they cannot have.

use super::{Finding, scene::Scene};

pub fn look(scene: &Scene) -> Vec<Finding> {
    let finding = |found: &metier_config::Finding| match found.severity {
        metier_config::Severity::Error => {
            Finding::wrong(found.to_string(), "mend it; `metier config print` shows what is in force")
        }
        metier_config::Severity::Warning => Finding::note(found.to_string()),
    };
    let mut findings: Vec<_> = scene.settings_findings.iter().map(finding).collect();
    if scene.settings.is_none() {
        findings.push(Finding::note("the checks that need these settings found nothing to look at"));
    }
    findings
}
