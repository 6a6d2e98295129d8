//! Takes values from the front of bytes; when they run out, zeros.

/// What is left of the bytes.
#[derive(Debug)]
pub(crate) struct Take<'a>(pub(crate) &'a [u8]);

impl<'a> Take<'a> {
    pub(crate) fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut value = [0; N];
        let (head, tail) = self.0.split_at(N.min(self.0.len()));
        value[..head.len()].copy_from_slice(head);
        self.0 = tail;
        value
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    /// Up to `count` bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(count.min(self.0.len()));
        self.0 = tail;
        head
    }

    /// A piece after its length in two bytes.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let length = u16::from_le_bytes(self.array());
        self.bytes(usize::from(length))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
