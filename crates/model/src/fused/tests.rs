use std::ptr::null;

use tch::{Device, Kind};

use super::*;

const PARAMS: StepParams = StepParams {
    lr: 0.1,
    betas: [0.9, 0.999],
    weight_decay: 0.01,
    eps: 1e-8,
};

fn float(size: &[i64]) -> Tensor {
    Tensor::ones(size, (Kind::Float, Device::Cpu))
}

/// A variable `[2, 3]` whose gradient is all ones.
fn variable() -> Tensor {
    let variable = float(&[2, 3]).set_requires_grad(true);
    variable.sum(Kind::Float).backward();
    variable
}

/// Fails unless the call was rejected before libtorch ran, with all of `parts` in the message.
#[track_caller]
fn assert_invalid(result: Result<(), ModelError>, parts: &[&str]) {
    match result {
        Err(ModelError::Tensors { reason, .. }) => {
            assert!(parts.iter().all(|part| reason.contains(part)), "{reason}");
        }
        other => panic!("expected {parts:?}, got {other:?}"),
    }
}

/// Tensors that no operation accepts, each with a part of the message.
fn unacceptable() -> Vec<(Tensor, &'static str)> {
    let good = float(&[2, 3]);
    vec![
        (Tensor::new(), "undefined tensor"),
        (good.to_kind(Kind::Double), "dtype Double, expected Float"),
        (
            good.to_kind(Kind::BFloat16),
            "dtype BFloat16, expected Float",
        ),
        (good.to_kind(Kind::Int64), "dtype Long, expected Float"),
        (
            good.to_sparse_sparse_dim(2),
            "layout Sparse, expected Strided",
        ),
        (good.to_mkldnn(), "layout Mkldnn, expected Strided"),
    ]
}

#[test]
fn unacceptable_variables_are_errors() {
    for (bad, says) in unacceptable() {
        let variables = [variable(), bad];
        let says = ["variables[1]", says];
        let moments = || [float(&[2, 3]), float(&[2, 3])];
        assert_invalid(zero_grad(&variables), &says);
        assert_invalid(clip_grad_norm(&variables, 1.0), &says);
        let step = adamw_step(&variables, [&moments(), &moments()], &float(&[1]), PARAMS);
        assert_invalid(step, &says);
        assert!(variables[0].grad().defined(), "{says:?}");
        assert_eq!(variables[0], float(&[2, 3]), "{says:?}");
    }
}

#[test]
fn unacceptable_averages_are_errors_and_change_nothing() {
    let transposed = (float(&[3, 2]).transpose(0, 1), "strides [1, 2]");
    let other_shape = (float(&[3, 2]), "shape [3, 2], expected [2, 3]");
    let larger = (float(&[2, 3, 1]), "shape [2, 3, 1], expected [2, 3]");
    for (bad, says) in unacceptable()
        .into_iter()
        .chain([transposed, other_shape, larger])
    {
        let [bad, variables] = [[bad], [variable()]];
        let good = [float(&[2, 3])];
        let step = |averages| adamw_step(&variables, averages, &float(&[1]), PARAMS);
        assert_invalid(step([&bad, &good]), &["exp_avgs[0]", says]);
        assert_invalid(step([&good, &bad]), &["exp_avg_sqs[0]", says]);
        assert_eq!(variables[0], float(&[2, 3]), "{says}");
        assert_eq!(good[0], float(&[2, 3]), "{says}");
    }
}

#[test]
fn unacceptable_steps_and_parameters_are_errors() {
    let (variables, averages) = ([variable()], [float(&[2, 3])]);
    let step = |steps: &Tensor, params| {
        adamw_step(
            &variables,
            [&averages, &averages.each_ref().map(Tensor::copy)],
            steps,
            params,
        )
    };
    for (steps, says) in unacceptable() {
        assert_invalid(step(&steps, PARAMS), &["steps", says]);
    }
    assert_invalid(step(&float(&[2]), PARAMS), &["steps: 2 elements"]);
    let with = |change: fn(&mut StepParams)| {
        let mut params = PARAMS;
        change(&mut params);
        step(&float(&[1]), params)
    };
    assert_invalid(with(|params| params.lr = f64::NAN), &["lr: nan"]);
    assert_invalid(with(|params| params.eps = -1.0), &["eps: -1"]);
    assert_invalid(
        with(|params| params.weight_decay = f64::INFINITY),
        &["weight_decay: inf"],
    );
    assert_invalid(with(|params| params.betas[1] = 1.0), &["betas: 0.9 and 1"]);
    assert_eq!(variables[0], float(&[2, 3]));
}

#[test]
fn a_variable_that_is_not_dense_is_an_error() {
    let every_second = float(&[2, 6]).slice(1, 0, 6, 2);
    let averages = [every_second.zeros_like()];
    let step = adamw_step(
        &[every_second],
        [&averages, &averages],
        &float(&[1]),
        PARAMS,
    );
    assert_invalid(step, &["variables[0]", "strides [6, 2]"]);
}

/// The gradient of an embedding with `sparse=True`.
#[test]
fn a_sparse_gradient_is_an_error() {
    let weight = float(&[4, 3]).set_requires_grad(true);
    let indices = Tensor::from_slice(&[1_i64, 2]);
    Tensor::embedding(&weight, &indices, -1, false, true)
        .sum(Kind::Float)
        .backward();
    let says = ["gradients[0]", "layout Sparse"];
    let averages = [float(&[4, 3])];
    let variables = [weight];
    assert_invalid(clip_grad_norm(&variables, 1.0), &says);
    let step = adamw_step(&variables, [&averages, &averages], &float(&[1]), PARAMS);
    assert_invalid(step, &says);
}

#[test]
fn unacceptable_lists_of_lerp_are_errors() {
    let other_shape = (float(&[3]), "shape [3]");
    for (bad, says) in unacceptable().into_iter().chain([other_shape]) {
        let good = [float(&[2, 3])];
        let bad = [bad];
        assert_invalid(lerp(&good, &bad, 0.5), &["from[0]", says]);
        if says != "shape [3]" {
            assert_invalid(lerp(&bad, &good, 0.5), &["to[0]", says]);
        }
    }
    let good = [float(&[2])];
    assert_invalid(lerp(&good, &good, f64::NAN), &["weight: nan"]);
}

#[test]
fn lists_of_different_lengths_are_errors() {
    let (one, two) = ([float(&[2])], [float(&[2]), float(&[2])]);
    assert_invalid(lerp(&one, &two, 0.5), &["lists of 1 and 2 tensors"]);
    for averages in [[&one[..], &two[..]], [&two[..], &one[..]]] {
        let step = adamw_step(&two, averages, &float(&[1]), PARAMS);
        assert_invalid(step, &["lists of 2 and 1 tensors"]);
    }
}

#[test]
fn null_pointers_are_errors() {
    let good = float(&[2]);
    let with_null = [good.as_ptr(), null()];
    let list = with_null.as_ptr();
    // SAFETY: a list of two pointers, each to `good`, which is alive, or null, which the C++ side rejects.
    let status = unsafe { playlist_fit_zero_grad(list, 2) };
    assert_invalid(status.check(ZERO_GRAD), &["variables[1]: null pointer"]);
    // SAFETY: two lists of two pointers, each to `good`, which is alive, or null, which the C++ side rejects.
    let status = unsafe { playlist_fit_lerp(list, list, 2, 0.5) };
    assert_invalid(status.check(LERP), &["to[1]: null pointer"]);
    // SAFETY: the C++ side rejects a null list before it reads from it.
    let status = unsafe { playlist_fit_clip_grad_norm(null(), 1, 1.0) };
    assert_invalid(status.check(CLIP_GRAD_NORM), &["variables: null pointer"]);
    // SAFETY: one valid pointer in each list; the C++ side rejects the null `steps`.
    let status =
        unsafe { playlist_fit_adamw(list, list, list, 1, null(), 0.1, 0.9, 0.999, 0.0, 1e-8) };
    assert_invalid(status.check(ADAMW), &["steps: null pointer"]);
}

/// libtorch refuses to write to a tensor whose elements share memory; its exception ends on the C++ side.
#[test]
fn an_exception_of_libtorch_is_an_error() {
    let expanded = [float(&[1]).expand([3], false)];
    match lerp(&expanded, &[float(&[3])], 0.5) {
        Err(ModelError::Torch(reason)) => {
            assert!(reason.starts_with("lerp: unsupported"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
#[ignore = "needs a CUDA device"]
fn tensors_on_two_devices_are_errors() {
    let both = || [variable(), variable().to_device(Device::Cuda(0)).detach()];
    let says = ["variables[1]: device cuda:0, expected cpu"];
    assert_invalid(zero_grad(&both()), &says);
    assert_invalid(clip_grad_norm(&both(), 1.0), &says);
    let [here, there] = both();
    assert_invalid(lerp(&[here], &[there], 0.5), &["from[0]: device cuda:0"]);
    let averages = [float(&[2, 3])];
    let steps = float(&[1]).to_device(Device::Cuda(0));
    let step = adamw_step(&[variable()], [&averages, &averages], &steps, PARAMS);
    assert_invalid(step, &["steps: device cuda:0, expected cpu"]);
}

#[test]
fn valid_tensors_change_as_in_pytorch() {
    let variables = [variable()];
    clip_grad_norm(&variables, 1.0).unwrap();
    let norm = variables[0].grad().norm().double_value(&[]);
    assert!((norm - 1.0).abs() < 1e-5, "{norm}");
    zero_grad(&variables).unwrap();
    assert!(!variables[0].grad().defined());
    let to = [Tensor::zeros([2, 3], (Kind::Float, Device::Cpu))];
    lerp(&to, &variables, 0.25).unwrap();
    assert_eq!(to[0], float(&[2, 3]) * 0.25);
    for nothing in [
        zero_grad(&[]),
        clip_grad_norm(&[], 1.0),
        lerp(&[], &[], 0.5),
    ] {
        nothing.unwrap();
    }
}

/// Weights in channels-last order with averages and gradients in the same order, as the networks have them.
#[test]
fn channels_last_weights_take_the_same_step_as_contiguous_ones() {
    let weights = Tensor::arange(48, (Kind::Float, Device::Cpu)).view([4, 3, 2, 2]);
    let step = |weights: Tensor| {
        let weights = weights.set_requires_grad(true);
        (&weights * &weights).sum(Kind::Float).backward();
        let variables = [weights];
        let averages = [0; 2].map(|_| [variables[0].detach().zeros_like()]);
        let [first, second] = &averages;
        adamw_step(&variables, [first, second], &float(&[1]), PARAMS).unwrap();
        let [weights] = variables;
        weights.detach().contiguous()
    };
    let mut channels_last =
        Tensor::empty_strided([4, 3, 2, 2], [12, 1, 6, 3], (Kind::Float, Device::Cpu));
    channels_last.copy_(&weights);
    assert_eq!(step(channels_last), step(weights.copy()));
}
