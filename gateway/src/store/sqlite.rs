//! The SQLite file: made when it is absent, brought up to date when it is opened.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::Row;
use sqlx::query::Query;
use sqlx::sqlite::{
    Sqlite as Sqlite3, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};

use sip::digest::Ha1;

use super::{StoredBinding, Subscriber};

/// More subscribers than one gateway's memory is meant for; the rest would have to be asked for one by one.
const SUBSCRIBERS_AT_MOST: i64 = 100_000;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the store {url} cannot be opened: {error}")]
    Open { url: String, error: sqlx::Error },
    #[error("the store cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("name or number is taken already")]
    Taken,
    #[error("there is no such subscriber")]
    Unknown,
    #[error("the store failed: {0}")]
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database) if database.is_unique_violation() => StoreError::Taken,
            Some(_) | None => StoreError::Failed(error),
        }
    }
}

/// An open store.
#[derive(Debug, Clone)]
pub struct Sqlite {
    pool: SqlitePool,
}

impl Sqlite {
    /// Opens `sqlite:PATH`, making the file and its tables where they are absent.
    pub async fn open(url: &str) -> Result<Sqlite, StoreError> {
        let failed = |error| StoreError::Open {
            url: url.to_owned(),
            error,
        };
        // WAL lets the command line write while the gateway reads. With it, `Normal` loses at most
        // the last registrations in a power cut, and devices renew those.
        let options = SqliteConnectOptions::from_str(url)
            .map_err(failed)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options)
            .await
            .map_err(failed)?;
        sqlx::migrate!("./migrations").run(&pool).await?;
        Ok(Sqlite { pool })
    }

    /// A store that nobody else sees and that ends with its process.
    pub async fn in_memory() -> Result<Sqlite, StoreError> {
        let url = "sqlite::memory:";
        let failed = |error| StoreError::Open {
            url: url.to_owned(),
            error,
        };
        let options = SqliteConnectOptions::from_str(url)
            .map_err(failed)?
            .foreign_keys(true);
        // One connection that stays: a memory database belongs to its connection.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(failed)?;
        sqlx::migrate!("./migrations").run(&pool).await?;
        Ok(Sqlite { pool })
    }

    /// Adds a subscriber.
    pub async fn add(&self, subscriber: &Subscriber) -> Result<(), StoreError> {
        insertion(subscriber).execute(&self.pool).await?;
        Ok(())
    }

    /// Adds all of them, or none.
    ///
    /// # Errors
    /// Which of them it was, by its place in the list, and why.
    pub async fn add_all(&self, subscribers: &[Subscriber]) -> Result<(), (usize, StoreError)> {
        let mut transaction = self.pool.begin().await.map_err(|error| (0, error.into()))?;
        for (place, subscriber) in subscribers.iter().enumerate() {
            insertion(subscriber)
                .execute(&mut *transaction)
                .await
                .map_err(|error| (place, error.into()))?;
        }
        transaction
            .commit()
            .await
            .map_err(|error| (subscribers.len(), error.into()))
    }

    /// Replaces what is kept of a password.
    pub async fn change_secret(
        &self,
        name: &str,
        realm: &str,
        ha1: &Ha1,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE subscribers SET realm = ?, ha1_md5 = ?, ha1_sha256 = ? WHERE name = ?",
        )
        .bind(realm)
        .bind(ha1.md5())
        .bind(ha1.sha256())
        .bind(name)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 {
            Err(StoreError::Unknown)
        } else {
            Ok(())
        }
    }

    /// Removes a subscriber with all bindings.
    pub async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM subscribers WHERE name = ?")
            .bind(name)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            Err(StoreError::Unknown)
        } else {
            Ok(())
        }
    }

    pub async fn subscriber(&self, name: &str) -> Result<Option<Subscriber>, StoreError> {
        let row = sqlx::query("SELECT * FROM subscribers WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| subscriber(&row)).transpose()?)
    }

    /// All subscribers, by name.
    pub async fn subscribers(&self) -> Result<Vec<Subscriber>, StoreError> {
        let rows = sqlx::query("SELECT * FROM subscribers ORDER BY name LIMIT ?")
            .bind(SUBSCRIBERS_AT_MOST)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.iter().map(subscriber).collect::<Result<_, _>>()?)
    }

    /// Rises with every change of the subscribers.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT number FROM revisions WHERE of = 'subscribers'")
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Adds a binding or replaces the one with the same contact.
    pub async fn keep(&self, binding: &StoredBinding) -> Result<(), StoreError> {
        let expires_at = seconds_since_1970().saturating_add_unsigned(binding.expires_in.as_secs());
        sqlx::query(
            "INSERT OR REPLACE INTO bindings (name, contact, received, call_id, cseq, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&binding.name)
        .bind(&binding.contact)
        .bind(binding.received.to_string())
        .bind(&binding.call_id)
        .bind(i64::from(binding.cseq))
        .bind(expires_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub async fn forget(&self, name: &str, contact: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM bindings WHERE name = ? AND contact = ?")
            .bind(name)
            .bind(contact)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The bindings that still stand; those that ran out are removed.
    pub async fn bindings(&self) -> Result<Vec<StoredBinding>, StoreError> {
        let now = seconds_since_1970();
        sqlx::query("DELETE FROM bindings WHERE expires_at <= ?")
            .bind(now)
            .execute(&self.pool)
            .await?;
        let rows = sqlx::query("SELECT * FROM bindings ORDER BY name, contact")
            .fetch_all(&self.pool)
            .await?;
        let mut bindings = Vec::with_capacity(rows.len());
        for row in &rows {
            let received: String = row.try_get("received")?;
            // An address we cannot read was written by someone else; it helps nobody.
            let Ok(received) = received.parse() else {
                continue;
            };
            let left: i64 = row.try_get::<i64, _>("expires_at")?.saturating_sub(now);
            bindings.push(StoredBinding {
                name: row.try_get("name")?,
                contact: row.try_get("contact")?,
                received,
                call_id: row.try_get("call_id")?,
                cseq: row.try_get("cseq")?,
                expires_in: Duration::from_secs(left.unsigned_abs()),
            });
        }
        Ok(bindings)
    }
}

fn insertion(subscriber: &Subscriber) -> Query<'_, Sqlite3, SqliteArguments> {
    sqlx::query("INSERT INTO subscribers (name, number, display, realm, ha1_md5, ha1_sha256) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(&subscriber.name)
        .bind(&subscriber.number)
        .bind(&subscriber.display)
        .bind(&subscriber.realm)
        .bind(subscriber.ha1.md5())
        .bind(subscriber.ha1.sha256())
}

fn subscriber(row: &SqliteRow) -> Result<Subscriber, sqlx::Error> {
    let ha1 = Ha1::from_hex(row.try_get("ha1_md5")?, row.try_get("ha1_sha256")?);
    Ok(Subscriber {
        name: row.try_get("name")?,
        number: row.try_get("number")?,
        display: row.try_get("display")?,
        realm: row.try_get("realm")?,
        ha1: ha1.ok_or_else(|| {
            sqlx::Error::Decode("a subscriber's secret is not hexadecimal".into())
        })?,
    })
}

fn seconds_since_1970() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nina() -> Subscriber {
        Subscriber {
            name: "nina".into(),
            number: "+15550001".into(),
            display: "Nina".into(),
            realm: "example.net".into(),
            ha1: Ha1::of("nina", "example.net", "correct horse"),
        }
    }

    fn binding(contact: &str, expires_in: Duration) -> StoredBinding {
        StoredBinding {
            name: "nina".into(),
            contact: contact.into(),
            received: "127.0.0.1:5062".parse().unwrap(),
            call_id: "c".into(),
            cseq: 4_000_000_000,
            expires_in,
        }
    }

    async fn open() -> Sqlite {
        // Every test has its own.
        Sqlite::in_memory().await.unwrap()
    }

    #[tokio::test]
    async fn a_subscriber_is_found_again_and_a_name_is_given_once() {
        let store = open().await;
        store.add(&nina()).await.unwrap();
        assert_eq!(store.subscriber("nina").await.unwrap(), Some(nina()));
        assert_eq!(store.subscriber("otto").await.unwrap(), None);
        assert!(matches!(store.add(&nina()).await, Err(StoreError::Taken)));
    }

    #[tokio::test]
    async fn of_a_list_with_a_name_twice_nobody_is_added() {
        let store = open().await;
        let otto = Subscriber {
            name: "otto".into(),
            number: "+15550002".into(),
            ..nina()
        };
        let refused = store.add_all(&[otto.clone(), nina(), nina()]).await;
        assert!(matches!(refused, Err((2, StoreError::Taken))));
        assert_eq!(store.subscribers().await.unwrap(), []);
        store.add_all(&[otto.clone(), nina()]).await.unwrap();
        assert_eq!(store.subscribers().await.unwrap(), [nina(), otto]);
    }

    #[tokio::test]
    async fn every_change_of_a_subscriber_raises_the_revision() {
        let store = open().await;
        let first = store.revision().await.unwrap();
        store.add(&nina()).await.unwrap();
        let mut last = store.revision().await.unwrap();
        assert!(last > first);
        store
            .change_secret("nina", "r", &Ha1::of("nina", "r", "battery staple"))
            .await
            .unwrap();
        assert!(store.revision().await.unwrap() > last);
        last = store.revision().await.unwrap();
        store.remove("nina").await.unwrap();
        assert!(store.revision().await.unwrap() > last);
        assert!(matches!(
            store.remove("nina").await,
            Err(StoreError::Unknown)
        ));
    }

    #[tokio::test]
    async fn bindings_survive_until_they_run_out_or_their_subscriber_goes() {
        let store = open().await;
        store.add(&nina()).await.unwrap();
        store
            .keep(&binding("<sip:a@1>", Duration::from_secs(60)))
            .await
            .unwrap();
        store
            .keep(&binding("<sip:b@1>", Duration::from_secs(60)))
            .await
            .unwrap();
        store
            .keep(&binding("<sip:c@1>", Duration::ZERO))
            .await
            .unwrap();
        store.forget("nina", "<sip:b@1>").await.unwrap();
        let kept = store.bindings().await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(
            (kept[0].contact.as_str(), kept[0].cseq),
            ("<sip:a@1>", 4_000_000_000)
        );
        store.remove("nina").await.unwrap();
        assert_eq!(store.bindings().await.unwrap(), []);
    }
}
