### O que o telefone de alguém consegue fazer, em poucas palavras.

live-video = Pode ver vídeo em direto
pictures-only = Pode receber imagens, não vídeo em direto
nothing = Agora não pode ver
