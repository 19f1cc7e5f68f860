/** Access tokens live this long from the moment they are minted. One hour for all: every SDK refreshes on `expires_on`. */
export const tokenLifetimeSeconds = 3600

/** `iat` and `nbf` stand this long before the moment of minting, as Entra writes them, so that a slow clock accepts them. */
export const tokenBackdatingSeconds = 300
