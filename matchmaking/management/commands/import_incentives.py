from matchmaking.opportunities.sources.incentives import import_incentives
from members.reference.table_files import LoadCommand, Unreadable


class Command(LoadCommand):
    help = "Load the open data of incentivi.gov.it (CSV). New calls are drafts; changed ones wait for the staff."

    def load(self, path, progress):
        try:
            with path.open("rb") as file:
                report = import_incentives(file, progress)
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}.") from error
        for note in report.notes:
            self.stderr.write(note)
        return report
