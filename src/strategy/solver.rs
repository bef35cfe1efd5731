//! Small convex problems with a number for each task, solved on the host.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver as _, NonnegativeConeT, SecondOrderConeT,
    SolverStatus, SupportedConeT, ZeroConeT,
};
use nalgebra::{DMatrix, DVector};

/// Newton steps, at the most; a dozen are usual.
const NEWTON_STEPS: usize = 100;
/// The imbalance that is good enough, and the one that is accepted where rounding ends the descent.
const BALANCED: f64 = 1e-10;
const NEARLY_BALANCED: f64 = 1e-6;

/// `½·xᵀPx` at its least, where `x ≥ lower` and, with `on_simplex`, `Σx = 1`.
pub fn quadratic(p: &DMatrix<f64>, lower: &[f64], on_simplex: bool) -> Option<DVector<f64>> {
    let n = lower.len();
    let mut rows: Vec<Vec<f64>> = Vec::new();
    let mut right = Vec::new();
    let mut cones = Vec::new();
    if on_simplex {
        rows.push(vec![1.0; n]);
        right.push(1.0);
        cones.push(ZeroConeT(1));
    }
    for (place, lower) in lower.iter().enumerate() {
        rows.push(unit(n, place, -1.0));
        right.push(-lower);
    }
    cones.push(NonnegativeConeT(n));
    let found = solve(p, &vec![0.0; n], &rows, &right, &cones, n)?;
    Some(found.zip_map(&DVector::from_column_slice(lower), f64::max))
}

/// `½·xᵀPx + c·x_last` at its least, where all but the last are on the simplex and `x_last ≥ max(0, Σ least·x)`.
pub fn quadratic_above(p: &DMatrix<f64>, c: f64, least: &[f64]) -> Option<DVector<f64>> {
    let n = least.len();
    let mut cost = vec![0.0; n];
    cost.push(c);
    let mut ones = vec![1.0; n];
    ones.push(0.0);
    let mut rows = vec![ones];
    rows.extend((0..=n).map(|place| unit(n + 1, place, -1.0)));
    let mut above = least.to_vec();
    above.push(-1.0);
    rows.push(above);
    let mut right = vec![0.0; n + 3];
    right[0] = 1.0;
    let cones = [ZeroConeT(1), NonnegativeConeT(n + 2)];
    solve(p, &cost, &rows, &right, &cones, n + 1)
}

/// `bᵀx + c·‖Mx‖` at its least on the simplex.
pub fn linear_and_norm(b: &[f64], c: f64, m: &DMatrix<f64>) -> Option<DVector<f64>> {
    let n = b.len();
    let mut cost = b.to_vec();
    cost.push(c);
    let mut ones = vec![1.0; n];
    ones.push(0.0);
    let mut rows = vec![ones];
    let mut right = vec![1.0];
    rows.extend((0..n).map(|place| unit(n + 1, place, -1.0)));
    right.extend(std::iter::repeat_n(0.0, n));
    rows.push(unit(n + 1, n, -1.0));
    right.push(0.0);
    for row in m.row_iter() {
        let mut line: Vec<f64> = row.iter().map(|entry| -entry).collect();
        line.push(0.0);
        rows.push(line);
        right.push(0.0);
    }
    let cones = [
        ZeroConeT(1),
        NonnegativeConeT(n),
        SecondOrderConeT(m.nrows() + 1),
    ];
    let none = DMatrix::zeros(n + 1, n + 1);
    solve(&none, &cost, &rows, &right, &cones, n)
}

/// The positive solution of `P·x = x^(−1/α)`, entry by entry.
///
/// It is where `½·xᵀPx − Σ φ(x)` with `φ' = x^(−1/α)` is least, which is convex, so Newton's method finds it.
pub fn power_balance(p: &DMatrix<f64>, alpha: f64) -> Option<DVector<f64>> {
    let n = p.nrows();
    let scale = p.trace() / n as f64;
    if scale <= 0.0 || !scale.is_finite() {
        return None;
    }
    let p = p / scale;
    let power = -1.0 / alpha;
    let barrier = |x: &DVector<f64>| -> f64 {
        let potential = |x: f64| {
            if (alpha - 1.0).abs() < 1e-12 {
                x.ln()
            } else {
                x.powf(1.0 + power) / (1.0 + power)
            }
        };
        0.5 * x.dot(&(&p * x)) - x.iter().map(|&x| potential(x)).sum::<f64>()
    };
    let mut x = DVector::from_element(n, 1.0);
    for _ in 0..NEWTON_STEPS {
        let slope = &p * &x - x.map(|x| x.powf(power));
        let imbalance = slope.norm() / x.map(|x| x.powf(power)).norm();
        // P/s·x = x^(−1/α) for x scaled by s^(α/(1+α)).
        let back = scale.powf(-alpha / (1.0 + alpha));
        if imbalance <= BALANCED {
            return Some(x * back);
        }
        let curvature = x.map(|x| -power * x.powf(power - 1.0));
        let hessian = &p + DMatrix::from_diagonal(&curvature);
        let step = hessian.cholesky()?.solve(&slope);
        let now = barrier(&x);
        let mut length = 1.0;
        loop {
            let next = &x - &step * length;
            if next.iter().all(|&x| x > 0.0)
                && barrier(&next) <= now - 1e-4 * length * slope.dot(&step) + 1e-14 * now.abs()
            {
                x = next;
                break;
            }
            length *= 0.5;
            if length < 1e-12 {
                return (imbalance <= NEARLY_BALANCED).then(|| x * back);
            }
        }
    }
    None
}

/// The point of the simplex that is nearest.
pub fn onto_simplex(point: &DVector<f64>) -> DVector<f64> {
    let mut falling: Vec<f64> = point.iter().copied().collect();
    falling.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut shift) = (0.0, 0.0);
    for (count, value) in (1..).zip(falling) {
        sum += value;
        let next = (sum - 1.0) / f64::from(count);
        if value <= next {
            break;
        }
        shift = next;
    }
    point.map(|value| (value - shift).max(0.0))
}

fn unit(len: usize, place: usize, value: f64) -> Vec<f64> {
    let mut row = vec![0.0; len];
    row[place] = value;
    row
}

/// The first `keep` unknowns where `½·xᵀPx + costᵀx` is least and `right − rows·x` lies in the cones.
fn solve(
    p: &DMatrix<f64>,
    cost: &[f64],
    rows: &[Vec<f64>],
    right: &[f64],
    cones: &[SupportedConeT<f64>],
    keep: usize,
) -> Option<DVector<f64>> {
    let upper: Vec<Vec<f64>> = (0..p.nrows())
        .map(|row| {
            let cell = |column| if column < row { 0.0 } else { p[(row, column)] };
            (0..p.ncols()).map(cell).collect()
        })
        .collect();
    let settings = DefaultSettings {
        verbose: false,
        ..DefaultSettings::default()
    };
    let (p, rows) = (sparse(&upper), sparse(rows));
    let mut solver = DefaultSolver::new(&p, cost, &rows, right, cones, settings).ok()?;
    solver.solve();
    let is_solved = matches!(
        solver.solution.status,
        SolverStatus::Solved | SolverStatus::AlmostSolved
    );
    is_solved.then(|| DVector::from_column_slice(&solver.solution.x[..keep]))
}

/// Rows as a matrix in compressed columns.
fn sparse(rows: &[Vec<f64>]) -> CscMatrix<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    let (mut starts, mut places, mut values) = (vec![0], Vec::new(), Vec::new());
    for column in 0..columns {
        for (row, cells) in rows.iter().enumerate() {
            if cells[column] != 0.0 {
                places.push(row);
                values.push(cells[column]);
            }
        }
        starts.push(values.len());
    }
    CscMatrix::new(rows.len(), columns, starts, places, values)
}
