//! Generates the protocol of the product catalogue.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descriptors = protox::compile(["products/products.proto"], ["proto"])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
