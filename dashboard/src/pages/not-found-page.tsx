import { Empty } from "../parts/notice";
import { Shell } from "../parts/shell";
import { Link } from "../router";

export function NotFoundPage() {
  return (
    <Shell title="Not found">
      <div className="page">
        <h1 className="page-title">No such page</h1>
        <Empty title="Nothing lives at this address.">
          <Link to="/" className="link">
            Go to the workflows
          </Link>
        </Empty>
      </div>
    </Shell>
  );
}
