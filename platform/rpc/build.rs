//! Generates the echo service that the tests of this crate talk to. It is no part of the library.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=tests/proto");
    let files = protox::compile(["echo.proto"], ["tests/proto"])?;
    tonic_prost_build::configure().build_transport(false).compile_fds(files)?;
    Ok(())
}
