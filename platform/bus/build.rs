//! Generates the event log's protocol.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["metier/bus/v1/event_log.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
