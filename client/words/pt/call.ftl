### A chamada telefónica que acompanha a partilha.

bar = A sua chamada telefónica
on-the-phone = Ao telefone com { $who }
on-hold = { $who } está em espera
conference = Ao telefone com { $who } e outras pessoas
by-network = Segundo a sua rede
hold = Em espera
hold-name = { $who } está agora em espera
resume = Retomada
resume-name = Fala de novo com { $who }
alone = Só os dois
alone-name = Fala de novo só com { $who }
others = Entraram outros
others-name = Outras pessoas entraram na chamada com { $who }
ended = Terminada
ended-name = A chamada com { $who } terminou

say = Estou ao telefone com { $who }

barred-held = { $who } está em espera. Pode mostrar algo quando voltarem a falar.
barred-conference = Há outras pessoas na chamada com { $who }. Pode mostrar algo quando falarem só os dois.
not-on-a-call = Não está ao telefone com { $who }.
no-call-with-somebody = Não está ao telefone com essa pessoa.

willing = Podem mostrar-lhe algo?
willing-yes = Podem perguntar
willing-no = Agora não

links-title = Ligações de números de telefone
links-here = Abrir aqui
links-asked = O navegador pode agora pedir confirmação. Depois, qualquer número em que prima numa página abre-se aqui.
links-refused = O seu navegador não deixa esta página abrir essas ligações.

said-started = Ao telefone com { $who }.
said-held = { $who } está em espera.
said-conference = Outras pessoas entraram na chamada com { $who }.
said-ended = A chamada terminou.

# Porque terminou uma partilha: com a chamada, por ficar em espera, por entrarem outros.
share-ended = A chamada terminou
share-held = A chamada está em espera
share-conference = Outras pessoas entraram na chamada
after-out = A sua câmara está desligada. Avisámos { $who }.
after-in = Avisámos { $who }.
