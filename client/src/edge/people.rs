//! The people that the browser keeps for us (IndexedDB), the files that they come from and go to, and
//! the device's own address book.
//!
//! Each account has its own records: a contact is one, under `owner NUL id`, the history another.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, BlobPropertyBag, Event, HtmlAnchorElement, HtmlInputElement, IdbDatabase, IdbKeyRange,
    IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode, Url, window,
};

use super::Report;
use crate::phone::contacts::vcard::FILE_BYTES;
use crate::phone::state::ContactId;
use crate::phone::{Input, PeopleEffect, PeopleInput, Picked};

/// Does it, and reports what came of it.
pub fn carry_out(effect: PeopleEffect, report: &Report) {
    let report = Rc::clone(report);
    match effect {
        PeopleEffect::SaveFile { text } => {
            // A browser that lets no file be saved has told the person so itself.
            let _ = save(&text);
        }
        PeopleEffect::Pick => spawn_local(async move {
            // Nothing picked is nothing to do.
            if let Ok(picked) = pick().await {
                report(Input::People(PeopleInput::Picked(picked)));
            }
        }),
        PeopleEffect::Load { owner } => spawn_local(async move {
            report(Input::People(match load(&owner).await {
                Ok((contacts, history)) => PeopleInput::Stored {
                    owner,
                    contacts,
                    history,
                },
                Err(_) => PeopleInput::NotStored,
            }));
        }),
        PeopleEffect::Keep { owner, contacts } => {
            spawn_local(change(report, CONTACTS, move |store| {
                for (id, text) in &contacts {
                    store.put_with_key(&text.into(), &contact_key(&owner, id))?;
                }
                Ok(())
            }));
        }
        PeopleEffect::Forget { owner, id } => {
            spawn_local(change(report, CONTACTS, move |store| {
                store.delete(&contact_key(&owner, &id)).map(|_| ())
            }));
        }
        PeopleEffect::KeepHistory { owner, text } => {
            spawn_local(change(report, HISTORY, move |store| {
                store.put_with_key(&text.into(), &owner.into()).map(|_| ())
            }));
        }
    }
}

/// Whether there is an address book on this device that a page may ask.
pub fn can_pick() -> bool {
    window().is_some_and(|window| {
        let contacts = Reflect::get(&window.navigator(), &"contacts".into());
        contacts.is_ok_and(|contacts| contacts.is_object())
    })
}

/// Reads the file that was chosen in that field and hands its bytes over. A file that is too large is
/// cut where it is too large.
pub fn read_chosen(event: &Event, then: impl FnOnce(Vec<u8>) + 'static) {
    let Some(input) = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
    else {
        return;
    };
    let Some(file) = input.files().and_then(|files| files.get(0)) else {
        return;
    };
    spawn_local(async move {
        let part = file.slice_with_f64_and_f64(0.0, (FILE_BYTES + 1) as f64);
        let Ok(part) = part else { return };
        let bytes = JsFuture::from(part.array_buffer()).await;
        // The same file may be chosen again.
        input.set_value("");
        then(bytes.map_or_else(|_| Vec::new(), |bytes| Uint8Array::new(&bytes).to_vec()));
    });
}

fn contact_key(owner: &str, id: &ContactId) -> JsValue {
    format!("{owner}\0{}", id.0).into()
}

/// The lines of the contacts, and the history.
async fn load(owner: &str) -> Result<(Vec<String>, Option<String>), JsValue> {
    let database = open().await?;
    let names = Array::of2(&CONTACTS.into(), &HISTORY.into());
    let transaction = database.transaction_with_str_sequence(&names)?;
    let all = IdbKeyRange::bound(
        &format!("{owner}\0").into(),
        &format!("{owner}\u{1}").into(),
    )?;
    let contacts = transaction.object_store(CONTACTS)?.get_all_with_key(&all)?;
    let history = transaction.object_store(HISTORY)?.get(&owner.into())?;
    let contacts = Array::from(&result(&contacts).await?);
    let history = result(&history).await?.as_string();
    database.close();
    let lines = contacts.iter().filter_map(|line| line.as_string());
    Ok((lines.collect(), history))
}

/// Changes a store, and says so if the browser does not keep it.
async fn change(
    report: Report,
    store: &'static str,
    change: impl FnOnce(&IdbObjectStore) -> Result<(), JsValue>,
) {
    let done = async {
        let database = open().await?;
        let mode = IdbTransactionMode::Readwrite;
        let transaction = database.transaction_with_str_and_mode(store, mode)?;
        change(&transaction.object_store(store)?)?;
        completed(&transaction).await?;
        database.close();
        Ok::<(), JsValue>(())
    };
    if done.await.is_err() {
        report(Input::People(PeopleInput::NotStored));
    }
}

async fn open() -> Result<IdbDatabase, JsValue> {
    let factory = window().and_then(|window| window.indexed_db().ok().flatten());
    let factory = factory.ok_or(JsValue::NULL)?;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, VERSION)?;
    let opening = request.clone();
    let upgrade = Closure::once_into_js(move || {
        if let Ok(database) = opening.result().and_then(JsCast::dyn_into::<IdbDatabase>) {
            for store in [CONTACTS, HISTORY] {
                // A store that cannot be made fails what is done with it.
                let _ = database.create_object_store(store);
            }
        }
    });
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    result(&request).await?.dyn_into()
}

/// What was asked for, once it is there. Some browsers that keep nothing never answer.
async fn result(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let asked = request.clone();
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        asked.set_onsuccess(Some(&resolve));
        asked.set_onerror(Some(&reject));
        if let Some(window) = window() {
            // Without a timer it is waited for as long as it takes.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(
                &reject,
                ANSWER_WITHIN_MILLISECONDS,
            );
        }
    }))
    .await?;
    request.result()
}

/// All of it is written, or nothing.
async fn completed(transaction: &IdbTransaction) -> Result<(), JsValue> {
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onerror(Some(&reject));
        transaction.set_onabort(Some(&reject));
    }))
    .await
    .map(|_| ())
}

fn save(text: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/vcard;charset=utf-8");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let document = window().and_then(|window| window.document());
    let document = document.ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(FILE_NAME);
    link.click();
    Url::revoke_object_url(&url)
}

/// The Contact Picker API, which web-sys does not have.
async fn pick() -> Result<Vec<Picked>, JsValue> {
    let navigator = window().ok_or(JsValue::NULL)?.navigator();
    let contacts = Reflect::get(&navigator, &"contacts".into())?;
    let select: Function = Reflect::get(&contacts, &"select".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"multiple".into(), &JsValue::TRUE)?;
    let fields = Array::of2(&"name".into(), &"tel".into());
    let promise: Promise = select.call2(&contacts, &fields, &options)?.dyn_into()?;
    let chosen = Array::from(&JsFuture::from(promise).await?);
    let texts = |one: &JsValue, field: &str| {
        let list = Reflect::get(one, &field.into()).unwrap_or(JsValue::UNDEFINED);
        let list = if list.is_object() {
            Array::from(&list)
        } else {
            Array::new()
        };
        list.iter()
            .filter_map(|text| text.as_string())
            .collect::<Vec<String>>()
    };
    let picked = chosen.iter().map(|one| Picked {
        name: texts(&one, "name").into_iter().next().unwrap_or_default(),
        numbers: texts(&one, "tel"),
    });
    Ok(picked.collect())
}

/// A store of this size answers within a moment, or it is not there.
const ANSWER_WITHIN_MILLISECONDS: i32 = 8000;
const DATABASE: &str = "sidecam";
const VERSION: u32 = 1;
const CONTACTS: &str = "contacts";
const HISTORY: &str = "history";
const FILE_NAME: &str = "people.vcf";
