//! Looks for public RSA numbers that no key program makes: damaged or swapped keys that would seal to nobody.
//!
//! A key that passes is not proved good: only whoever has the private key can do that. What is refused here can be
//! refused with certainty, or is never seen in a key that was made as RSA keys are.

use crypto_bigint::{BoxedUint, Odd};
use crypto_primes::hazmat::MillerRabin;

/// Why nobody may be trusted to have the private key that belongs to a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The exponent is none that key programs use.
    Exponent,
    /// The modulus is divisible by this number.
    Factor(u32),
    /// The modulus is almost all ones, or almost all zeros.
    Pattern,
    /// The modulus is itself a prime.
    Prime,
    /// The modulus is a power of a smaller number.
    Power,
    /// The modulus is the product of two numbers so close to each other that anybody finds them.
    Close,
}

/// What key programs use and used: OpenSSL and all others today; PuTTY and OpenSSH of earlier years.
const EXPONENTS: [u64; 7] = [3, 5, 17, 35, 37, 257, 65_537];
/// Factors up to here are looked for. The primes of a key have hundreds of digits.
const MAX_FACTOR: u32 = 1 << 16;
/// Of random bits half are ones, give or take a few dozen.
const MIN_OF_EACH_BIT: u32 = 256;
/// Numbers looked at above the square root.
const STEPS_OF_FERMAT: usize = 8;
/// Small primes that a power has to agree with before it is called one: 1 in 2^64 of other numbers does.
const WITNESSES: usize = 64;

/// Looks at modulus and exponent, both big-endian.
#[must_use]
pub fn doubt(modulus: &[u8], exponent: &[u8]) -> Option<Doubt> {
    if !EXPONENTS
        .iter()
        .any(|known| trimmed(&known.to_be_bytes()) == trimmed(exponent))
    {
        return Some(Doubt::Exponent);
    }
    let modulus = trimmed(modulus);
    let primes = primes_up_to(MAX_FACTOR);
    if let Some(factor) = small_factor(modulus, &primes) {
        return Some(Doubt::Factor(factor));
    }
    if is_pattern(modulus) {
        return Some(Doubt::Pattern);
    }
    let number = BoxedUint::from_be_slice_vartime(modulus);
    if is_prime(&number) {
        return Some(Doubt::Prime);
    }
    if is_power(modulus, &primes) {
        return Some(Doubt::Power);
    }
    is_product_of_neighbours(&number).then_some(Doubt::Close)
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn primes_up_to(limit: u32) -> Vec<u32> {
    let mut composite = vec![false; limit as usize + 1];
    let mut primes = Vec::new();
    for number in 2..=limit {
        if composite.get(number as usize).is_none_or(|known| *known) {
            continue;
        }
        primes.push(number);
        let multiples = (u64::from(number) * u64::from(number)..=u64::from(limit))
            .step_by(number as usize)
            .filter_map(|multiple| usize::try_from(multiple).ok());
        for multiple in multiples {
            if let Some(known) = composite.get_mut(multiple) {
                *known = true;
            }
        }
    }
    primes
}

fn small_factor(modulus: &[u8], primes: &[u32]) -> Option<u32> {
    primes
        .iter()
        .copied()
        .find(|prime| remainder(modulus, *prime) == 0)
}

/// The number modulo a divisor of at most 32 bits.
fn remainder(number: &[u8], divisor: u32) -> u64 {
    let divisor = u64::from(divisor);
    let (first, words) = number.split_at(number.len() % 4);
    let first = first
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte));
    words.chunks_exact(4).fold(first % divisor, |rest, word| {
        let word = word
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte));
        (rest << 32 | word) % divisor
    })
}

fn is_pattern(modulus: &[u8]) -> bool {
    let ones: u32 = modulus.iter().map(|byte| byte.count_ones()).sum();
    let zeros: u32 = modulus.iter().map(|byte| byte.count_zeros()).sum();
    ones < MIN_OF_EACH_BIT || zeros < MIN_OF_EACH_BIT
}

fn is_prime(number: &BoxedUint) -> bool {
    let odd = Option::<Odd<BoxedUint>>::from(Odd::new(number.clone()));
    odd.is_some_and(|odd| MillerRabin::new(odd).test_base_two().is_probably_prime())
}

/// Whether the number is a `k`-th power for a prime `k`: then it is one modulo every prime, too. It has no small factor,
/// so that its root has more than 16 bits and `k` is small.
fn is_power(modulus: &[u8], primes: &[u32]) -> bool {
    let most = u32::try_from(modulus.len() * 8 / 16).unwrap_or(u32::MAX);
    primes
        .iter()
        .take_while(|power| **power <= most)
        .any(|power| {
            let witnesses = primes.iter().filter(|prime| (*prime - 1) % power == 0);
            let mut tried = 0;
            let agree = witnesses.take(WITNESSES).all(|prime| {
                tried += 1;
                let rest = remainder(modulus, *prime);
                power_modulo(rest, (prime - 1) / power, u64::from(*prime)) == 1
            });
            agree && tried > 0
        })
}

fn power_modulo(base: u64, mut exponent: u32, modulus: u64) -> u64 {
    let (mut square, mut product) = (base % modulus, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            product = product * square % modulus;
        }
        square = square * square % modulus;
        exponent >>= 1;
    }
    product
}

/// Fermat's way of factoring, a few steps of it.
fn is_product_of_neighbours(number: &BoxedUint) -> bool {
    let root = number.floor_sqrt_vartime();
    let one = BoxedUint::one_with_precision(number.bits_precision());
    let mut middle = root;
    (0..STEPS_OF_FERMAT).any(|_| {
        middle = middle.wrapping_add(&one);
        let distance = middle.wrapping_mul(&middle).wrapping_sub(number);
        distance.checked_sqrt_vartime().is_some()
    })
}
