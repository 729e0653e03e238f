### Che cosa può fare il telefono di qualcuno, in poche parole.

live-video = Può guardare video in diretta
pictures-only = Può ricevere immagini, non video in diretta
nothing = Ora non può guardare
