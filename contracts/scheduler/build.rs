//! Generates the protocol of the scheduler.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["metier/scheduler/v1/scheduler.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
