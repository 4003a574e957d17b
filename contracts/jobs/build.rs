//! Generates the protocol of the jobs service.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["metier/jobs/v1/jobs.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
