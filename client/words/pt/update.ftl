### Há uma página mais recente.

ready = Há uma nova versão pronta
then = Abre-se de imediato; depois inicie sessão novamente.
take = Abrir
later = Mais tarde
