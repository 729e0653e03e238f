### Quem vê o que se mostra.

title = Quem está a ver
watching =
    { $count ->
        [0] Ainda ninguém está a ver
        [one] Uma pessoa está a ver
       *[other] { $count } pessoas estão a ver
    }
add = Adicionar alguém
add-done = Concluído
typed = Número ou endereço
ask = Perguntar
typed-wrong = Não é um número de telefone nem um endereço.
ask-person = Perguntar a { $who } se também quer ver
remove = Deixar de mostrar a { $who }

asked = A perguntar…
rings = O telefone está a tocar…
watches = A ver
left = Deixou de ver
removed = Deixou de lhe mostrar
declined = Disse agora não
busy = Não está disponível
no-answer = Não atendeu
not-found = Ninguém tem este número
cannot-watch = O telefone não consegue mostrar
full = Não podem ver mais pessoas
failed = Não foi possível perguntar
