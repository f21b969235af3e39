"""The whole idea in one loop: predict a frame, score the prediction, then learn from it once."""

from stream_ae import StreamLearner, open_source

FRAMES = 50


def main() -> None:
    learner = StreamLearner()
    with open_source("scene:street") as frames:
        for frame in frames:
            step = learner.learn_one(frame)  # predict, score, then learn from it once
            print(
                f"frame {step.number}: mse {step.losses.mse:.4f}, changed {step.change.ratio:.1%}"
            )
            if step.number == FRAMES:
                break
    learner.save("street.pt")


if __name__ == "__main__":
    main()
