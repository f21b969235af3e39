"""What a simulated fleet is made of: what was measured of a camera, and what others say of machines
and of Ray.
"""

from dataclasses import dataclass

from stream_ae.errors import ConfigError

HOUR = 3600.0
YEAR = 365 * 24 * HOUR

_DEAN = 1800  # machines of the cluster that the rates below are of


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """A fleet on many machines, over a time.

    Rates of machines and racks are those that Jeff Dean gave for the first year of a cluster of
    1,800 machines (Google I/O 2008): 1,000 failures of single machines, and 20 of racks of 40 to 80
    machines.

    Args:
        cameras: in the fleet.
        per_machine: for how many of them a machine has room.
        spare: share of machines more than are needed.
        seconds: that are simulated.
        machine_rate: failures of one machine a second.
        machine_away: mean seconds until it is back, exponentially distributed; a guess.
        machines_per_rack: that are lost together.
        rack_rate: failures of one rack a second.
        rack_away: likewise of a rack.
        process_rate: deaths of one camera's process a second: one in 30 days, a guess.
        machine_noticed: seconds until Ray takes a machine for lost, with its usual health checks.
        process_noticed: seconds until Ray starts another process for one that died, a guess.
        start: seconds of a core from there to the first learned frame: those that ``watch --frames
            2`` takes in all.
        starts_at_once: processes that start on a machine at one time: its cores that no camera has.
        checkpoint: bytes: those of ``watch --size small``.
        checkpoint_every: seconds.
        storage: bytes a second that the shared storage reads and writes in all, a guess.
        are_spread: whether checkpoints are written at any time; else all of them at once.
        is_head_kept: whether Ray's head goes on after its machine was lost, with what it knew: by
            Redis. Without, all cameras end with it and start when it is back.
    """

    cameras: int = 10_000
    per_machine: int = 100
    spare: float = 0.05
    seconds: float = YEAR
    machine_rate: float = 1000 / _DEAN / YEAR
    machine_away: float = HOUR
    machines_per_rack: int = 40
    rack_rate: float = 20 / (_DEAN / 40) / YEAR
    rack_away: float = 3.5 * HOUR
    process_rate: float = 12 / YEAR
    machine_noticed: float = 15.0
    process_noticed: float = 1.0
    start: float = 4.3
    starts_at_once: int = 8
    checkpoint: float = 9.4e6
    checkpoint_every: float = 60.0
    storage: float = 2.5e9
    are_spread: bool = True
    is_head_kept: bool = True

    def __post_init__(self) -> None:
        """See that checkpoints can be written at all.

        Raises:
            ConfigError: the storage has no time for them.
        """
        if self.storage_load >= 1:
            raise ConfigError(
                f"checkpoints of {self.cameras:,} cameras must take less than all of the storage,"
                f" got {self.storage_load:.0%} of {self.storage / 1e9:g} GB/s; write them less"
                " often, or to more storage"
            )

    @property
    def machines(self) -> int:
        """How many there are; spare ones are part of them, and one room is always there."""
        return max(1, round(self.cameras / self.per_machine * (1 + self.spare)))

    @property
    def storage_load(self) -> float:
        """Share of the storage that checkpoints take all the time."""
        return self.cameras * self.checkpoint / self.checkpoint_every / self.storage
