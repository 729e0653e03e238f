### What stands in the way of signing in, and of a camera, and what to do about it.

sign-in-wrong-password = That name and password do not go together. Check both; capital letters count.
sign-in-token-refused = Your sign-in has run out. The page around this one has to sign you in again.
sign-in-not-allowed = This name has no sign-in here. Ask whoever runs this Sidecam for one.
sign-in-too-many-tries = Too many tries. Wait a few minutes, then try again with care.
sign-in-unreachable = Nobody answers. Check your connection, then try again.
sign-in-confused = Signing in did not work, and it was not your doing. Try again in a minute.

camera-refused = This page may not use your camera
refused-chrome = Press the camera or slider symbol left of the page’s address, allow the camera, then try again.
refused-chrome-on-android = Touch the symbol left of the page’s address, then Permissions, allow the camera, and try again.
refused-firefox = Press the crossed-out camera left of the page’s address, remove the block, then try again.
refused-safari = In the menu Safari, choose Settings for this website, set Camera to Allow, then try again.
refused-safari-on-phone = Touch the symbol left of the page’s address, then Website Settings, set Camera to Allow, and try again.
refused-elsewhere = Allow the camera for this page in your browser’s settings, then try again.
camera-missing =
    .title = There is no camera
    .next = Connect one, or open this page on a phone or computer that has one.
camera-busy =
    .title = Another program is using your camera
    .next = Close other calls, meetings or camera programs, then try again.
