### A página como um todo. As suas mensagens são campos da própria `Words`.

product = Sidecam
tagline = Mostre o que está a ver.
promise = Está ao telefone com alguém. Deslize a tampa da câmara e essa pessoa vê tudo em direto, em qualquer telefone.
somebody = Alguém

sign-in-title = Iniciar sessão
sign-in-name = Nome
sign-in-password = Palavra-passe
sign-in = Iniciar sessão
signing-in = A iniciar sessão…
sign-out = Terminar sessão
show-password = Mostrar
hide-password = Ocultar
password-kept = A palavra-passe fica neste separador e desaparece quando o fechar.

state-signed-out = Sessão terminada
state-registered = Tudo pronto
state-reconnecting = A ligar de novo…
state-failed = Sem sessão iniciada
reconnecting-note = A ligação caiu. Continuamos a tentar; entretanto pode ver o resto da página.

place-call = Chamada
place-people = Pessoas
place-me = Eu
places = Secções

people-title = Pessoas
people-find = Nome ou número
people-empty-title = Ainda não há ninguém
people-empty = Escreva acima um número com quem partilhar ou adicione uma pessoa. Quem tem acesso aqui aparece automaticamente.
people-none-found = Ninguém com esse nome ou número.
people-loading = A ver quem está…
online = Em linha
offline = Fora de linha
share = Partilhar
share-with = Partilhar a câmara com { $who }

stage = Palco
stage-idle-title = A quem quer mostrar?
stage-idle = Escolha uma pessoa. Primeiro vê a sua câmara sem a mostrar a ninguém; nada é enviado até o indicar.

slot-name = Tampa da câmara
slot-name-live = Tampa da câmara. Fechá-la interrompe a partilha.
slot-closed = Deslize para abrir a câmara
slot-hint = Mais ninguém a vê
slot-opening = A abrir a câmara…
slot-preview = A sua câmara. Mais ninguém a vê.
slot-close = Fechar
slot-stop = Parar
show = Mostrar a { $who }
show-closed-hint = Primeiro abra a câmara. Ainda não é enviado nada.
show-open-hint = Nada é enviado até premir o botão.
show-offline-hint = Volta a funcionar assim que houver ligação.

calling = A perguntar a { $who }…
ringing = Estamos a perguntar a { $who }…
calling-note = Nada é enviado até aceitar.
live-to = Em direto para { $who }
live-note = { $who } vê a sua câmara.
reconnecting = A ligar de novo…
reconnecting-out = A ligação caiu. { $who } pode ver uma imagem parada até que volte.
reconnecting-in = A ligação caiu. A imagem pode ficar parada até que volte.
paused-out = { $who } pôs em pausa
paused-in = { $who } pôs em pausa
paused-note = Continua quando { $who } quiser.
moved-note = A sua chamada passou para { $who }.
watching = A ver { $who }
waiting = A aguardar a imagem de { $who }…
frozen = A imagem de { $who } está parada. A aguardar que continue…
stop = Parar
stop-asking = Deixar de perguntar
stop-watching = Deixar de ver
picture-of = Imagem em direto de { $who }
stats-size = { $width } × { $height }

incoming-title = quer mostrar-lhe a câmara
incoming-note = A sua câmara continua desligada.
watch = Ver
not-now = Agora não

try-again = Tentar de novo
done = Concluído
lasted = Durou { $time }.

camera-try-again = Tentar de novo

me-number = O seu número
me-title = Eu
me-open = Definições e recentes
me-close = Fechar
appearance = Aspeto
theme-auto = Como o dispositivo
theme-light = Claro
theme-dark = Escuro
recent = Recentes
recent-empty = Aqui aparece o que mostra e o que vê.
past-shown-out = Viu a sua câmara · { $time }
past-shown-in = Mostrou-lhe a câmara · { $time }
past-not-now = Quis mostrar-lhe a câmara · agora não

said-registered = Sessão iniciada.
said-ringing = Estamos a perguntar a { $who }.
said-live = Em direto. { $who } vê a sua câmara.
said-reconnecting = A ligação caiu. A ligar de novo.
said-asked = { $who } quer mostrar-lhe a câmara.

## As línguas desta página.

language = Idioma
language-auto = Como o navegador
language-unreachable = Não foi possível obter esse idioma. Verifique a ligação e escolha-o de novo.
