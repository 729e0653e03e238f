### La telefonata accanto alla quale si condivide.

bar = La tua telefonata
on-the-phone = Al telefono con { $who }
on-hold = { $who } è in attesa
conference = Al telefono con { $who } e altri
by-network = Lo dice la tua rete
hold = In attesa
hold-name = { $who } ora è in attesa
resume = Ripresa
resume-name = Parli di nuovo con { $who }
alone = Solo noi due
alone-name = Parli di nuovo solo con { $who }
others = Altri in linea
others-name = Altri si sono uniti alla chiamata con { $who }
ended = Finita
ended-name = La chiamata con { $who } è finita

say = Sono al telefono con { $who }

barred-held = { $who } è in attesa. Potrai mostrare qualcosa quando tornate a parlare.
barred-conference = Alla chiamata con { $who } partecipano altri. Potrai mostrare qualcosa quando parlate voi due da soli.
not-on-a-call = Non sei al telefono con { $who }.
no-call-with-somebody = Non siete al telefono insieme.

willing = Gli altri possono mostrarti qualcosa?
willing-yes = Possono chiedere
willing-no = Non ora

links-title = Link ai numeri di telefono
links-here = Aprili qui
links-asked = Ora il browser potrebbe chiederti conferma. Poi, i numeri che premi in qualsiasi pagina si aprono qui.
links-refused = Il tuo browser non permette a questa pagina di aprire questi link.

said-started = Al telefono con { $who }.
said-held = { $who } è in attesa.
said-conference = Altri si sono uniti alla chiamata con { $who }.
said-ended = La chiamata è finita.

# Perché una condivisione è finita: con la chiamata, con la sua attesa, con altri in linea.
share-ended = La chiamata è finita
share-held = La chiamata è in attesa
share-conference = Altri si sono uniti alla chiamata
after-out = La tua fotocamera è spenta. Abbiamo avvisato { $who }.
after-in = Abbiamo avvisato { $who }.
