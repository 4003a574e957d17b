//! Generates the protocol of the identity service, and the one that Jobber's clients speak.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["metier/identity/v1/identity.proto", "auth/auth.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
