//! Generates the worker protocol.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["metier/worker/v1/worker.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
