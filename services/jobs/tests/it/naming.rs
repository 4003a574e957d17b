//! A run is named by its id and by its number, and not at all by somebody who may not see it.

use metier_core::{Fault, Role};
use metier_jobs::ops::runs;

use crate::bed::{beds, user};

#[tokio::test]
async fn a_run_is_named_by_its_id_and_by_its_number_and_by_nothing_else() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let number = bed.run(id).await.row.number;
        for text in [id.to_string(), number.to_string()] {
            assert_eq!(runs::named(&bed.engine, &bed.maria, &text).await.unwrap(), id, "{text}");
        }
        for text in ["", "-1", "one", "999999", "99999999999999999999"] {
            let unknown = runs::named(&bed.engine, &bed.maria, text).await.unwrap_err();
            assert_eq!(Fault::from(unknown).code, "not_found", "{text}");
        }
        let hidden = runs::named(&bed.engine, &user(8, Role::User), &number.to_string()).await.unwrap_err();
        assert_eq!(Fault::from(hidden).code, "not_found");
    }
}
