### Entrambi si mostrano qualcosa.

incoming-note = La tua fotocamera resta com’è.
own-preview = La tua parte
offer = Mostra anche la tua
offer-hint = Prima la vedi tu; non parte niente finché non lo dici tu.
close = Chiudi la tua parte
stop-showing = Smetti di mostrare
both-live = Tu e { $who } vi vedete a vicenda.
one-at-a-time = Il telefono di { $who } fa una cosa alla volta
one-at-a-time-next = Prima guarda, poi mostra la tua quando la sua è finita.
no-call = Non segue nessuna chiamata: continua finché uno di voi non la interrompe.
ask = Chiedi di vedere anche la sua
asking = Chiediamo a { $who } di mostrare anche la sua…
wish-see-ours = { $who } vorrebbe vedere anche la tua. Apri la tua parte quando ti va.
wish-show-theirs = { $who } vuole mostrarti anche la sua.
no-declined = { $who } preferisce non mostrare niente adesso. Vede ancora la tua.
no-answer = { $who } non ha risposto. Vede ancora la tua.
no-cannot = Il telefono di { $who } può mostrare o guardare, non tutte e due le cose insieme. Vede ancora la tua.
correct-label = Il numero giusto
correct = Prova questo numero
