/** What keeps others out of one's account. */
import { Codes } from "./Codes";
import { Passkeys } from "./Passkeys";
import { Sessions } from "./Sessions";
import { Totp } from "./Totp";

export function Security() {
  return (
    <>
      <Totp />
      <Codes />
      <Passkeys />
      <Sessions />
    </>
  );
}
