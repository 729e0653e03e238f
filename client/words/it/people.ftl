### Le persone di questa pagina: trovarle, annotarle, e i file che le contengono.

favourites = Preferiti
recent = Recenti
others = Tutti
found = Risultati
more =
    { $count ->
        [one] Mostrane un altro
       *[other] Mostrane altri { $count }
    }
found-count =
    { $count ->
        [0] Nessun risultato
        [one] Un risultato
       *[other] { $count } risultati
    }

typed-hint = Non è tra le tue persone. Puoi condividere lo stesso.
typed-add = Aggiungi alle persone
typed-keep = Aggiungi { $who } alle tue persone

can-watch = Può guardare video in diretta
can-receive = Può ricevere immagini, non video in diretta
cannot = Non può ricevere video

details = Dettagli di { $who }
card = Dettagli
back = Torna a tutti
favourite = Preferito
edit = Modifica
delete = Elimina
write-down = Aggiungi alle mie persone
of-directory = Dall’elenco di tutti
not-callable = Da qui non si può chiamare. Scrivi il numero completo, con + e il prefisso del Paese.

add = Aggiungi una persona
new-title = Aggiungi una persona
edit-title = Modifica { $who }
name = Nome
way = Numero o indirizzo
another-way = Altro numero o indirizzo
way-hint = Come lo comporresti, oppure un indirizzo come anna@example.com.
another = Aggiungi un altro numero
save = Salva
cancel = Annulla
no-name = Scrivi un nome.
no-way = Scrivi un numero o un indirizzo.
said-saved = { $who } è tra le tue persone.

deleted = Hai eliminato { $who }.
undo = Annulla
not-kept = Il browser non conserva niente per questa pagina, forse perché la finestra è in incognito. Chi aggiungi e quello che condividi si perde quando la chiudi.
understood = Va bene

files = Le tue persone
files-hint = File di contatti (.vcf), come li scrivono telefoni e programmi di posta.
import = Importa un file
export = Esporta un file
pick = Da questo dispositivo
report-title = Importazione
report-none = Non conteneva niente di nuovo.
report-more =
    { $count ->
        [one] E un’altra.
       *[other] E altre { $count }.
    }
card-named = { $who } (scheda { $at })
card-numbered = Scheda { $at }

## Che cosa è uscito da un’importazione, in parti di una riga.

import-no-cards = Questo file non contiene contatti. Scegline uno che finisce in .vcf.
import-too-large = Questo file è troppo grande. Esporta meno contatti alla volta, o senza immagini.
import-added =
    { $count ->
        [one] { $count } aggiunto
       *[other] { $count } aggiunti
    }
import-merged =
    { $count ->
        [one] { $count } completato
       *[other] { $count } completati
    }
import-same =
    { $count ->
        [one] { $count } già presente
       *[other] { $count } già presenti
    }
import-skipped =
    { $count ->
        [one] { $count } tralasciato
       *[other] { $count } tralasciati
    }
skipped-broken = Si interrompe a metà.
skipped-no-number = Non ha nessun numero.
skipped-full = Non c’è posto per altre persone.

## Che cosa non va in un numero o in un indirizzo scritto.

typed-address = Un indirizzo è come anna@example.com.
typed-empty = Non c’è ancora nessun numero.
typed-letter = Un numero non contiene “{ $letter }”. Controllalo.
typed-too-short = È troppo corto per un numero di telefono.
typed-too-long = È troppo lungo per un numero di telefono: al massimo ha 15 cifre.
typed-no-country = I numeri di nessun Paese iniziano con +0. Togli lo 0.
typed-not-global = Scrivi il numero completo, con + e il prefisso del Paese.
typed-no-area-code = Scrivi anche il prefisso, oppure il numero completo, con + e il prefisso del Paese.
typed-foreign = Quel numero funziona solo in un’altra rete. Scrivilo completo, con + e il prefisso del Paese.
