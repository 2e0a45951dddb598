//! The numbers that the page makes keys of. They are public: a key made of them guards nothing.
//!
//! Finding primes takes about half a second a key, on every keystroke; picking two takes none. Each is the first
//! fitting number from a SHA-256 digest of its name on.

/// Primes of 1024 bits, in hexadecimal; two of them make an RSA key of 2048 bits with the exponent 65537.
pub(super) const PRIMES: [&str; 6] = [
    "\
        c3c8b584c0002e37c0bc587c34e4967fcec25f09b19a99de1d3cfd5a44d0267daf82947df4757ca3102dac55a454a290\
        0f06d02125e0b5aa296ba03ebf487d03078ee0c758d9734c8563fe382475b24bc28845e86cae3a2321e9e3aaa1822e61\
        2df4b4bda84d89ada402fba9074742d29aeda9b32d7016edc3ab3c8a8dfbd277",
    "\
        d8990175d62b4d33df2abd74378ea6e14b6196b26b1f7d4e937b30df426c937653681878a877cf4dcda2c551a131ef1c\
        069274f529db135cf560893ff962f5b95aa14c030dc900e33b732a64f6e5ff0593c24d90d996b382a41c479809b7d30a\
        44ed6aa222ea611ed7cd6400a3b2c6f62c6412348da44f78487690a734c11b4f",
    "\
        e1398f32c65b42ce2521f5e6b227b18a9a0dfa0fccd91a34446896fcb0bbc191cc84b4077c72c576dcf4cdb63d6382a1\
        73f7e59988698add481df79c48800a8561c5e73d762732e178926b2172854e25d1fe3fad18e17391a59427d2fbd965b0\
        8a84400bd40c2d6c3b6088ce2ff94d5fbd6ad7ee975e096b115a10d992b7255f",
    "\
        ce7d384261c74f0caf5aaa5c7d7147bcd31a25f9ec858447523431e92e65c78dad77706632161f51014ac25b763a5cf3\
        de5761b409424bced7abfbc84b3038f949faab2be006b031f76936e7afe85543de2b344b2d1f2933dce43ee1e62fd80e\
        893f9456d6264d98f9b0ee506c131c2286bcb97c3afb7349dd0be0c6c83ff033",
    "\
        d8dd993fdc38c76d0014c290164a557cc06ede2c8a80712b13cdc8083e4f7b35a376312c5cebc11892c40bade1e3d647\
        f4558f1620b0da6528cc309da932fd890fc76b7ddaa28dd886ffc78aa959464efe8aa95feec46821333eb6a060e14a88\
        d466af42d9d69c2940ce44d41d8a3464fde0c1ac36084e30bcff9d94a3ab5bc5",
    "\
        fe54190c710d7c227ac8a09697808c0752db49fb4b4c4b7941f124b6e127b05513f93c30fd381b7f83dd58dbc4fdc539\
        9ed993773f296623a1232bca17cec42432648044107d23f204f5ac515c7db030c6a5b7aa136eaed3e68d8d77a6c583fd\
        3ff0fb15affa6d80dfbbd588b1c02a9d0c7565d891c3d8d83120da5cdda82d99",
];

/// Keys on the curve P-256, in hexadecimal: the secret number, then both coordinates of the public point.
pub(super) const CURVE_KEYS: [&str; 2] = [
    "\
        5a0b96d0b188461df028312c0e223a8e62f5503c3b8d28c284188502b7eea32ec3cb9ef4b22bf05269718a67b45268b2\
        956ca3f4f1d8610cb44a5ce4f7da0b7a57ec3c452a05a017400df5c2e74d848dee22d4f2fa611feddf4de4681c40a055",
    "\
        f646e6e4d3917909493dfc8b5bd4ff2db35fd119743822bb648c606259521cbcfd2e8285851dc106cba3487b86d3499d\
        57da2d9956f9a11006c7d1fc9afd0ef89a2bebf826735fc7d517f4370c0e2f55ff6fcbd6ba32b8d2aabda90fd4d7fbe9",
];
