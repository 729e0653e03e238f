### Ambos mostram algo um ao outro.

incoming-note = A sua câmara fica como está.
own-preview = O seu lado
offer = Mostrar também a sua
offer-hint = Vê-a primeiro; nada é enviado até o indicar.
close = Fechar o seu lado
stop-showing = Deixar de mostrar
both-live = Está a ver { $who }, que também vê a sua imagem.
one-at-a-time = O telefone de { $who } faz uma coisa de cada vez
one-at-a-time-next = Veja primeiro e mostre a sua quando a outra terminar.
no-call = Não depende de nenhuma chamada: continua até um dos dois parar.
ask = Pedir para ver também a outra
asking = A pedir a { $who } que mostre também a sua…
wish-see-ours = { $who } gostaria de ver também a sua. Abra o seu lado quando lhe convier.
wish-show-theirs = { $who } também quer mostrar-lhe a câmara.
no-declined = { $who } prefere não mostrar nada agora. Continua a ver a sua.
no-answer = { $who } não respondeu. Continua a ver a sua.
no-cannot = O telefone de { $who } só consegue mostrar ou ver, não as duas coisas ao mesmo tempo. Continua a ver a sua.
correct-label = O número certo
correct = Tentar este número
