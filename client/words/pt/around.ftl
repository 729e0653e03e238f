### À volta da imagem que se vê, e o que o dispositivo faz além da página. $who é a outra pessoa.

full = Ecrã inteiro
full-leave = Sair do ecrã inteiro
float = Numa janela pequena
float-leave = De volta à página

good =
    .title = Boa imagem
    .next = Nada a limita.
their-phone-out =
    .title = O melhor que o telefone de { $who } consegue mostrar
    .next = As duas redes podiam levar mais.
their-phone-in =
    .title = O melhor que o telefone de { $who } consegue enviar
    .next = As duas redes podiam levar mais.
my-network =
    .title = Limitada pela sua rede
    .next = Do seu lado, parte da imagem perde-se ou chega tarde. Aproxime-se do router ou de uma janela, ou use um cabo.
their-network =
    .title = Limitada pela rede de { $who }
    .next = Do seu lado está tudo bem. Melhora quando { $who } tiver mais rede.
my-device =
    .title = Limitada por este dispositivo
    .next = Não consegue acompanhar as imagens. Feche outros programas ou separadores.
measuring =
    .title = A medir…
    .next = São precisos alguns segundos até haver algo a dizer.

figures-open = Qualidade da imagem
figures-title = Os últimos dois minutos
figures-close = Fechar
figures-when = Quando
figures-ago = Há { $seconds } segundos
figures-now = Agora
figures-rate = Dados
figures-frames = Imagens
figures-lost = Perdidas
rate = { $rate } kbit/s
frames = { $rate } por segundo
lost = { $share } %

ring = Quando alguém pergunta
ring-on = Tocar
ring-off = Ficar em silêncio
ring-listen = Ouvir o toque
tell = Quando está a ver outra coisa
tell-on = Avisar-me
tell-off = Não avisar
tell-refused = Este navegador não deixa a página enviar avisos. Permita as notificações desta página nas definições, à esquerda do endereço.
tell-next-time = Avisar-me da próxima vez
told-next-time = Receberá um aviso, seja o que for que esteja a ver.
loudspeaker = O som sai por
loudspeaker-own = Como o dispositivo

notice-watch =
    .title = { $who } quer mostrar-lhe a câmara
    .next = Prima para ver. A sua câmara continua desligada.
notice-talk =
    .title = { $who } está a ligar
    .next = Prima para atender.

past-missed = Não atendeu
past-why = { $what } · { $why }
past-gone = Os pormenores não estão guardados
past-turn-to = Passar para { $who }
past-clear = Limpar a lista
