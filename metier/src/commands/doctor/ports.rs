//! Ports that Metier would listen on and cannot.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use metier_harness::{ServiceSpec, Settings};

use super::{Finding, scene::Scene};

pub fn look(scene: &Scene) -> Vec<Finding> {
    let Some(settings) = &scene.settings else { return Vec::new() };
    let stopped = scene.services.iter().filter(|spec| !scene.runs(spec.name));
    stopped.filter_map(|spec| finding(spec, settings)).collect()
}

/// `metier up` needs the public port alone; the others are noted for who runs services in processes of their own.
fn finding(spec: &ServiceSpec, settings: &Settings) -> Option<Finding> {
    let address = SocketAddr::new(settings.server.listen, settings.port(spec));
    let error = TcpListener::bind(address).err()?;
    let (name, port) = (spec.name, address.port());
    let setting = if spec.public {
        "--port".to_owned()
    } else {
        format!("METIER_SERVICES__{}__PORT", name.to_uppercase())
    };
    let (message, remedy) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            format!(
                "port {port} of {name} is in use by another program, or by a metier with another data folder"
            ),
            format!("end it (`ss -ltnp 'sport = :{port}'` names it), or choose another port with {setting}"),
        ),
        io::ErrorKind::AddrNotAvailable => {
            (format!("{} is not an address of this machine", address.ip()), "mend server.listen".to_owned())
        }
        _ => (
            format!("{name} cannot listen on {address}: {error}"),
            format!("choose another port with {setting}; those below 1024 need the right to"),
        ),
    };
    Some(match spec.public {
        true => Finding::wrong(message, remedy),
        false => Finding::note(format!("{message}; it matters when {name} runs in a process of its own")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::testing::Installation;

    fn wrong(settings: &[(&str, &str)]) -> Vec<Finding> {
        let found = look(&Installation::new().scene_with(settings));
        found.into_iter().filter(Finding::is_wrong).collect()
    }

    #[test]
    fn a_port_in_use_is_named() {
        let open = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = open.local_addr().unwrap().port().to_string();
        let found = wrong(&[("METIER_SERVER__PORT", &port)]);
        assert!(
            found.len() == 1 && found[0].message.contains(&format!("port {port} of gateway")),
            "{found:?}"
        );
        assert_eq!(wrong(&[("METIER_SERVER__PORT", "0")]), []);
    }

    #[test]
    fn an_address_of_another_machine_is_found() {
        let found = wrong(&[("METIER_SERVER__LISTEN", "192.0.2.1"), ("METIER_SERVER__PORT", "0")]);
        assert!(
            found.iter().all(|found| found.message.contains("192.0.2.1")) && !found.is_empty(),
            "{found:?}"
        );
    }
}
