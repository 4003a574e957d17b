//! Load through Jobber's door, as its own script brought it: sign in, submit one job of many items, watch it end.
//!
//! `cargo xtask load jobber --email ada@example.org --items 1000` prints how fast the job was taken and done, and what
//! became of its items.
#![expect(clippy::print_stdout, reason = "a command line speaks on its standard streams")]

mod client;
mod items;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;
use client::{Client, Job};

/// Load through Jobber's door.
#[derive(Parser)]
struct Load {
    /// The job: Fibonacci or LoadProducts.
    #[arg(default_value = "Fibonacci")]
    job: String,
    /// How many items it has.
    #[arg(short = 'n', long, default_value_t = 1_000)]
    items: usize,
    /// Where the public door is.
    #[arg(long, default_value = "http://127.0.0.1:7400")]
    base_url: String,
    /// Who signs in.
    #[arg(long)]
    email: String,
    /// Their password. Others on this machine do not see it in the environment.
    #[arg(long, env = "JOBBER_PASSWORD", hide_env_values = true)]
    password: String,
    /// Make the account first, where registration is open.
    #[arg(long)]
    register: bool,
    /// Upload the items as a file, and submit that.
    #[arg(long)]
    upload: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    // Fails when it was installed before, and then it is there.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let load = Load::parse();
    let items = items::of(&load.job, load.items)?;
    let mut client = Client::new(&load.base_url)?;
    if load.register {
        client.create_user(&load.email, &load.password).await?;
    }
    client.login(&load.email, &load.password).await?;

    let began = Instant::now();
    let data = match load.upload {
        true => client.upload(&items).await?,
        false => items,
    };
    let job = client.execute(&load.job, data).await?;
    println!("job {} of {} items submitted in {:.2?}", job.id, job.size, began.elapsed());
    let job = watch(&client, job).await?;
    tell(&job, began.elapsed());
    ensure!(job.status == "COMPLETED", "the job ended as {}: {}", job.state, job.reason.unwrap_or_default());
    Ok(())
}

/// Looks every second until the job has ended.
async fn watch(client: &Client, mut job: Job) -> Result<Job> {
    while job.status == "IN_PROGRESS" {
        tokio::time::sleep(Duration::from_secs(1)).await;
        job = client.job(job.id).await?;
        println!("{}/{} {}", job.completed, job.size, job.status);
    }
    Ok(job)
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn tell(job: &Job, took: Duration) {
    let rate = job.completed as f64 / took.as_secs_f64();
    println!(
        "{}: {} completed, {} failed, {} cancelled of {} in {took:.2?}, {rate:.0} items/s",
        job.status, job.completed, job.failed, job.cancelled, job.size
    );
}
