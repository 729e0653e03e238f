### Uma chamada de voz na própria página, e o som ao lado de uma partilha.

bar = A sua chamada
call = Ligar
call-name = Ligar a { $who }
opening = A abrir o microfone…
calling = A ligar a { $who }…
ringing = O telefone de { $who } está a tocar…
talking = Em chamada com { $who }
held-by-me = { $who } está em espera
held-by-them = { $who } pôs a chamada em espera
reconnecting = A ligar de novo a { $who }…
muted = O seu microfone está desligado. { $who } não ouve nada.
microphone-gone = O microfone deixou de estar disponível. { $who } não ouve nada.
silenced = O navegador mantém { $who } sem som até o indicar.
listen = Quero ouvir

mute = Desligar o microfone
unmute = Ligar o microfone
hold = Pôr em espera
resume = Retomar
keys = Teclado
keys-close = Fechar o teclado
key = Tecla { $key }
hang-up = Desligar
stop-calling = Cancelar a chamada

incoming-title = está a ligar-lhe
incoming-note = A sua câmara continua desligada.
answer = Atender

# O som ao lado de uma partilha.
with-sound = Com som
without-sound = Sem som
sound-asking = A ligar o microfone…
sound-on = { $who } também ouve o som.
they-cannot = O telefone de { $who } não aceita som com as imagens. Continua a ver a sua câmara.
hear-them = Está a ouvir { $who }.

said-asked = { $who } está a ligar-lhe.
said-ringing = O telefone de { $who } está a tocar.
said-talking = Em chamada com { $who }.
said-muted = O seu microfone está desligado.

## Porque terminou uma chamada e o que fazer a seguir.

hung-up-by-me =
    .title = Desligou a chamada
    .next = O seu microfone está desligado.
hung-up-by-them =
    .title = { $who } desligou a chamada
    .next = O seu microfone está desligado.
out-declined =
    .title = { $who } não aceitou a chamada
    .next = Tente mais tarde.
out-busy =
    .title = { $who } está noutra chamada
    .next = Tente mais tarde.
out-no-answer =
    .title = { $who } não atendeu
    .next = Tente mais tarde.
out-not-found =
    .title = Ninguém tem esse número
    .next = Verifique o número.
out-unavailable =
    .title = O telefone de { $who } está desligado
    .next = Tente mais tarde.
out-cannot =
    .title = O telefone de { $who } não consegue falar com esta página
    .next = Use o seu telefone para a chamada; a câmara funciona ao lado.
out-lost =
    .title = A ligação caiu
    .next = Volte a ligar quando tiver ligação.
out-failed =
    .title = Não funcionou
    .next = Tente de novo.
in-missed =
    .title = { $who } ligou
    .next = Pode devolver a chamada.
in-answered-elsewhere =
    .title = Atendida noutro lado
    .next = Outro dos seus dispositivos atendeu a chamada de { $who }.
in-lost =
    .title = A ligação caiu
    .next = Pode devolver a chamada.
in-failed =
    .title = Não funcionou
    .next = Pode devolver a chamada.

microphone-refused =
    .title = O microfone está bloqueado
    .next = Permita-o junto ao endereço desta página e tente de novo.
microphone-missing =
    .title = Nenhum microfone encontrado
    .next = Ligue um e tente de novo.
microphone-busy =
    .title = Outro programa está a usar o microfone
    .next = Feche-o aí e tente de novo.
