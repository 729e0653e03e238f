### Inside another page.

waiting-title = One moment
waiting = The page around this one is signing you in.
again-title = You are signed out
nobody-title = Nobody is chosen yet
nobody = The page around this one says whom you can show something. Whoever shows you something appears here.
