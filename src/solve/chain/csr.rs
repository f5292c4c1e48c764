//! Compressed sparse rows: the one matrix shape every solver here reads.

/// A square sparse matrix, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Csr {
    /// `start[i]..start[i + 1]` are the entries of row `i`.
    pub(crate) start: Vec<usize>,
    pub(crate) column: Vec<u32>,
    pub(crate) value: Vec<f64>,
}

impl Csr {
    /// A matrix without rows.
    pub(crate) fn new() -> Csr {
        Csr { start: vec![0], column: Vec::new(), value: Vec::new() }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.start.len() - 1
    }

    /// The entries of a row: columns, values.
    #[inline]
    pub(crate) fn row(&self, i: usize) -> (&[u32], &[f64]) {
        let range = self.start[i]..self.start[i + 1];
        (&self.column[range.clone()], &self.value[range])
    }

    /// Appends an entry to the row under construction.
    pub(crate) fn entry(&mut self, column: u32, value: f64) {
        self.column.push(column);
        self.value.push(value);
    }

    /// Ends the row under construction.
    pub(crate) fn end_row(&mut self) {
        self.start.push(self.column.len());
    }

    /// Sum of a row, in stored order.
    pub(crate) fn row_sum(&self, i: usize) -> f64 {
        self.row(i).1.iter().sum()
    }

    /// The transposed matrix; its rows are sorted by column because rows are visited in order (counting sort).
    pub(crate) fn transposed(&self) -> Csr {
        let n = self.rows();
        let mut start = vec![0usize; n + 1];
        for &j in &self.column {
            start[j as usize + 1] += 1;
        }
        for j in 0..n {
            start[j + 1] += start[j];
        }
        let mut next = start.clone();
        let mut column = vec![0u32; self.column.len()];
        let mut value = vec![0.0; self.value.len()];
        for i in 0..n {
            let (targets, rates) = self.row(i);
            for (&j, &v) in targets.iter().zip(rates) {
                let at = &mut next[j as usize];
                column[*at] = i as u32;
                value[*at] = v;
                *at += 1;
            }
        }
        Csr { start, column, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_twice_gives_the_sorted_matrix_back() {
        let mut m = Csr::new();
        m.entry(1, 2.0);
        m.entry(2, 3.0);
        m.end_row();
        m.end_row();
        m.entry(0, 5.0);
        m.end_row();
        assert_eq!(m.transposed().row(1), (&[0u32][..], &[2.0][..]));
        assert_eq!(m.transposed().transposed(), m);
        assert_eq!(m.row_sum(0), 5.0);
    }
}
