"""Servers that are killed at each answer of an order."""

from collections.abc import Sequence

from Interop.orders.applicant import Applicant
from Interop.orders.stopping_proxy import STEPS, Place
from Interop.orders.turns import Story, take_turns, until
from Interop.patience import ANSWER_WITHIN
from Interop.processes import LabError

# The steps that a client repeats until there is a result, with the number of those that every order has. Their number differs.
POLLED = {"authorization": 2, "order": 1}

# MARK: A first order


def kill_at_each_answer(applicants: Sequence[Applicant]) -> None:
    """One order that nobody disturbs tells the answers. The servers then take one after the other."""
    places: list[Place] = []
    take_turns([undisturbed_order(applicants[0], places)])
    steps = {step for step, _ in places}
    if steps != set(STEPS.values()):
        raise LabError(f"An order has the steps {', '.join(sorted(steps))} alone")
    left = iter(places)

    def work(applicant: Applicant) -> Story:
        for place in left:
            yield from interrupted_order(applicant, place)

    take_turns(map(work, applicants))
    print(f"        {', '.join(f'{step} {turn}' for step, turn in places)}", flush=True)


def undisturbed_order(applicant: Applicant, places: list[Place]) -> Story:
    """Tells the places of all answers. The server is killed when nothing is left to do."""
    proxy = applicant.proxy
    applicant.forget()
    proxy.begin()
    applicant.nuncio.start_again()
    # In the end the server looks into the directory, whether the authority tells when to renew.
    yield from until(lambda: bool(proxy.answers) and proxy.answers[-1].place == ("directory", 2), 60, "the order has ended")
    yield from until(applicant.is_at_rest, 60, "nothing is left to do")
    places += [answer.place for answer in proxy.answers]
    applicant.kill()
    yield from recovery(applicant)


def interrupted_order(applicant: Applicant, place: Place) -> Story:
    """Kills the server at one answer of its first order."""
    proxy = applicant.proxy
    applicant.forget()
    proxy.begin(lambda answer: answer.place == place)
    applicant.nuncio.start_again()
    step, turn = place
    if turn > POLLED.get(step, turn):
        yield from until(lambda: proxy.held is not None or applicant.has_certificate, 60, f"{step} {turn} is answered")
    else:
        yield from until(lambda: proxy.held is not None, 60, f"{step} {turn} is answered")
    applicant.kill()
    applicant.check_modes()
    try:
        yield from recovery(applicant)
    except LabError as error:
        raise LabError(f"Killed at {proxy.held or 'no answer'}, in {applicant.zone}: {error}") from None


def recovery(applicant: Applicant) -> Story:
    """After the next start, the server obtains one certificate, or has it still."""
    proxy, had_certificate = applicant.proxy, applicant.has_certificate
    # An order whose URL did not come is lost.
    orders = 2 if proxy.held and proxy.held.step == "new order" else 1
    proxy.let_go()
    applicant.nuncio.start_again()
    if had_certificate:
        applicant.serial()
    yield from until(lambda: applicant.gets_verified() == 200, 60, "there is a certificate")
    yield from until(applicant.is_at_rest, 60, "nothing is left to do")
    applicant.check_made(accounts=1, orders=orders, certificates=1)
    applicant.check_files()
    applicant.check_log()


# MARK: A renewal


def kill_in_renewals(applicants: Sequence[Applicant]) -> None:
    take_turns(map(interrupted_renewal, applicants, ("new order", "challenge", "finalization", "certificate")))


def interrupted_renewal(applicant: Applicant, step: str) -> Story:
    """Kills the server in a renewal. The former certificate is there from the first connection on, then that of the renewal."""
    proxy = applicant.proxy
    former = applicant.serial()
    proxy.begin(lambda answer: answer.step == step)
    with applicant.asking_for_renewal() as command:
        yield from until(lambda: proxy.held is not None, 60, f"the {step} is answered")
        applicant.kill()
        if command.wait(ANSWER_WITHIN) == 0:
            raise LabError("nuncio certificate renew reports a success of a server that was killed")
    try:
        proxy.close_gate()
        proxy.let_go()
        applicant.nuncio.start_again()
        if applicant.serial() != former:
            raise LabError("The former certificate is not there after the start")
        proxy.open_gate()
        if step == "new order":
            # Nothing is known of the order, and nothing is needed.
            yield from until(applicant.is_at_rest, 60, "nothing is left to do")
            applicant.check_made(accounts=0, orders=1, certificates=0)
        else:
            yield from until(lambda: applicant.serial() != former, 60, "the renewal goes on")
            yield from until(applicant.is_at_rest, 60, "nothing is left to do")
            applicant.check_made(accounts=0, orders=1, certificates=1)
        applicant.check_files()
        applicant.check_log()
    except LabError as error:
        raise LabError(f"Killed at {proxy.held} of a renewal, in {applicant.zone}: {error}") from None
